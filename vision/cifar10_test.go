package vision

import (
	"context"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOpenReal reads the images that CIFAR10_DIR names.
func TestOpenReal(t *testing.T) {
	dir := os.Getenv("CIFAR10_DIR")
	if dir == "" {
		t.Skip("CIFAR10_DIR is not set")
	}
	d, err := Open(context.Background(), "cifar10", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Origin == Drawn || d.Name != "cifar10" {
		t.Errorf("%s, %s", d.Name, d.Origin)
	}
	for _, c := range []struct {
		split Split
		each  int
	}{{d.Train, 5000}, {d.Test, 1000}} {
		var counts [10]int
		for _, l := range c.split.Labels {
			counts[l]++
		}
		for label, n := range counts {
			if n != c.each {
				t.Errorf("%d images of class %s, want %d", n, d.Classes[label], c.each)
			}
		}
	}
	limited, err := Open(context.Background(), "cifar10", Options{Train: 10, Test: 500})
	if err != nil {
		t.Fatal(err)
	}
	want, err := d.Limit(10, 500)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, limited, quick); diff != "" {
		t.Errorf("opened with a limit (-want +got):\n%s", diff)
	}
}
