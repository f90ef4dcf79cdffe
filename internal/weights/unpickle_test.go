package weights

import (
	"strings"
	"testing"

	"aeprobe/internal/pickle"
)

func TestALongStorageKeyIsRefused(t *testing.T) {
	u := &unpickler{storages: map[string]*view{}}
	id := func(length int) pickle.Tuple {
		return pickle.Tuple{"storage", storageClass{"FloatStorage", F32}, strings.Repeat("7", length), "cpu", int64(1)}
	}
	if _, err := u.persistent(id(maxStorageKey)); err != nil {
		t.Error(err)
	}
	if _, err := u.persistent(id(maxStorageKey + 1)); err == nil {
		t.Error("it was taken")
	}
}
