package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/vision"
)

func TestDescribeData(t *testing.T) {
	d := &vision.Dataset{Name: "cifar10", Classes: []string{"plane", "car"},
		Train:      vision.Split{Labels: []byte{1, 0, 1, vision.NoLabel}},
		Test:       vision.Split{Labels: []byte{0}},
		Unlabelled: vision.Split{Labels: []byte{vision.NoLabel, vision.NoLabel}},
	}
	got := describeData(d)
	want := []classCount{{"plane", 1, 1}, {"car", 2, 0}}
	if diff := cmp.Diff(want, got.Classes); diff != "" {
		t.Error(diff)
	}
	if got.Unlabelled != 3 {
		t.Errorf("%d images without a class, want 3", got.Unlabelled)
	}
}
