package experiments

import (
	"errors"
	"fmt"
	"sync"
	"testing"
)

func TestRecent(t *testing.T) {
	var r recent[int]
	made := map[string]int{}
	get := func(key string, err error) (int, error) {
		return r.get(key, func() (int, error) {
			made[key]++
			return len(key), err
		})
	}
	for _, key := range []string{"a", "bb", "a", "ccc", "a", "bb"} {
		if n, err := get(key, nil); n != len(key) || err != nil {
			t.Errorf("%s gives %d (%v)", key, n, err)
		}
	}
	// The third key drops the one that was asked for least recently.
	if got := fmt.Sprint(made); got != "map[a:1 bb:2 ccc:1]" {
		t.Errorf("made %s", got)
	}
	failure := errors.New("failed")
	if _, err := get("d", failure); err != failure {
		t.Errorf("the failure is %v", err)
	}
	if n, err := get("d", nil); n != 1 || err != nil || made["d"] != 2 {
		t.Errorf("after a failure: %d (%v), made %d times", n, err, made["d"])
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { _, _ = get("at once", nil) })
	}
	all.Wait()
	if made["at once"] != 1 {
		t.Errorf("made %d times for callers at the same time", made["at once"])
	}
}
