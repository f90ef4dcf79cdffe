package stages

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestAStageHasOneWriterOrManyReaders(t *testing.T) {
	dir := t.TempDir()
	mine, others := &Dir{Path: dir}, &Dir{Path: dir}
	bce, random := &Stage{Name: "autoencoders/bce"}, &Stage{Name: "classifiers/random"}
	unlock, err := mine.Lock([]*Stage{bce}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for what, lock := range map[string]func() (func(), error){
		"a second writer":         func() (func(), error) { return others.Lock([]*Stage{bce}, nil, false) },
		"a reader":                func() (func(), error) { return others.Lock(nil, []*Stage{bce}, false) },
		"a writer of two of them": func() (func(), error) { return others.Lock([]*Stage{random, bce}, nil, true) },
	} {
		_, err := lock()
		var inUse *InUseError
		if !errors.As(err, &inUse) || !slices.Equal(inUse.Parts, []string{"autoencoders/bce"}) || !strings.HasPrefix(inUse.Holder, "process ") || !strings.Contains(inUse.Holder, " on ") {
			t.Errorf("%s: %v", what, err)
		}
	}
	// What was refused as a whole holds nothing.
	unlockOther, err := others.Lock([]*Stage{random}, nil, true)
	if err != nil {
		t.Fatalf("another stage: %v", err)
	}
	holders, err := Holders(dir)
	if err != nil || len(holders) != 3 {
		t.Errorf("%q, %v; want two stages and the report", holders, err)
	}
	unlockOther()
	unlock()
	first, err := mine.Lock(nil, []*Stage{bce}, false)
	if err != nil {
		t.Fatal(err)
	}
	second, err := others.Lock(nil, []*Stage{bce}, false)
	if err != nil {
		t.Errorf("a second reader: %v", err)
	}
	first()
	second()
	if holders, err := Holders(dir); err != nil || len(holders) != 0 {
		t.Errorf("%q, %v after the last has ended", holders, err)
	}
}
