package vision

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"aeprobe/internal/torch"
)

func TestLimit(t *testing.T) {
	whole, err := Synthetic(t.Context(), 3, 40, 20)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		train := rapid.IntRange(0, 40).Draw(t, "train")
		test := rapid.IntRange(0, 20).Draw(t, "test")
		got, err := whole.Limit(train, test)
		if err != nil {
			t.Fatal(err)
		}
		if train == 0 {
			train = 40
		}
		if test == 0 {
			test = 20
		}
		want := Dataset{
			Name: whole.Name, Classes: whole.Classes, Shape: whole.Shape, Origin: whole.Origin, Source: whole.Source,
			Train: Split{Pixels: whole.Train.Pixels[:train*3072], Labels: whole.Train.Labels[:train]},
			Test:  Split{Pixels: whole.Test.Pixels[:test*3072], Labels: whole.Test.Labels[:test]},
		}
		want.Fingerprint = fingerprint(want.Train, want.Test)
		if diff := cmp.Diff(&want, got, quick); diff != "" {
			t.Errorf("Limit(%d, %d) (-want +got):\n%s", train, test, diff)
		}
		if same := got.Fingerprint == whole.Fingerprint; same != (train == 40 && test == 20) {
			t.Errorf("Limit(%d, %d): the fingerprint is that of all images: %v", train, test, same)
		}
	})
	for _, n := range [][2]int{{-1, 0}, {0, -1}, {41, 0}, {0, 21}} {
		_, err := whole.Limit(n[0], n[1])
		wantError(t, err, "cannot take", "\nask for 1 to")
	}
}

// TestFingerprint changes one byte at a time, and where one split ends.
func TestFingerprint(t *testing.T) {
	d, err := Synthetic(t.Context(), 3, 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := d.Fingerprint
	if len(want) != 64 {
		t.Fatalf("%q is not a SHA-256", want)
	}
	for name, b := range map[string]*byte{
		"a train label": &d.Train.Labels[3], "a train pixel": &d.Train.Pixels[0],
		"a test label": &d.Test.Labels[0], "a test pixel": &d.Test.Pixels[6143],
	} {
		*b ^= 1
		if fingerprint(d.Train, d.Test) == want {
			t.Errorf("the fingerprint does not depend on %s", name)
		}
		*b ^= 1
	}
	if got := fingerprint(d.Train, d.Test); got != want {
		t.Errorf("the fingerprint of the same images is %s, then %s", want, got)
	}
	if fingerprint(Split{}, d.Train) == fingerprint(d.Train, Split{}) {
		t.Error("the fingerprint does not depend on where a split ends")
	}
}

func TestTitle(t *testing.T) {
	for _, c := range []struct {
		d    Dataset
		want string
	}{
		{Dataset{Name: "cifar10", Origin: Official}, "CIFAR-10"},
		{Dataset{Name: "cifar10", Origin: Modified}, "modified CIFAR-10"},
		{Dataset{Name: "synthetic", Origin: Drawn}, "synthetic data (not CIFAR-10)"},
	} {
		if got := c.d.Title(); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.d.Name, c.d.Origin, got, c.want)
		}
	}
}

// TestResidentImages picks images from all over a split.
func TestResidentImages(t *testing.T) {
	const n, size = 2100, 2 * 1 * 3
	split := Split{Labels: make([]byte, n)}
	for i := range n * size {
		split.Pixels = append(split.Pixels, byte(i%251))
	}
	resident, err := NewResident(split, [3]int{2, 1, 3}, torch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer resident.Drop()
	picked := []int64{0, 999, 1000, 1999, 2000, n - 1}
	index, err := torch.FromSlice(picked, int64(len(picked)))
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(index)
	images, err := resident.Images(index)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(images)
	got, err := torch.ToSlice[float32](images)
	if err != nil {
		t.Fatal(err)
	}
	for k, i := range picked {
		for j, pixel := range split.Image(int(i)) {
			if want := float32(pixel) / 255; got[k*size+j] != want {
				t.Errorf("image %d, value %d: %g, want %g", i, j, got[k*size+j], want)
			}
		}
	}
}
