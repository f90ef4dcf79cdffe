package experiments

import (
	"math"
	"testing"

	"aeprobe/internal/matrix"
	"aeprobe/internal/nuisance"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// ofBaseline are features that need no encoder, of synthetic images.
func ofBaseline(t *testing.T, data *vision.Dataset, baseline string) *features {
	t.Helper()
	definition := smallStudy(t, "study.baselines=["+baseline+"]", "seeds=[87]", "study.measures=[alterations]")
	s := newSetup(definition, data, Options{Dir: t.TempDir(), Device: torch.CPU, Threads: 1})
	f, err := s.features(t.Context(), featureSet{encoder: baseline})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A patch is in the pixels for all to see.
func TestPixelsKnowTheQuadrant(t *testing.T) {
	f := ofBaseline(t, smallData(t, smallStudy(t)), pixels)
	d, _, err := f.alteration(t.Context(), nuisance.Alterations()[1], f.data.Train, f.data.Test)
	if err != nil || d.Name != "quadrant" || d.Accuracy < 99 {
		t.Errorf("%+v (%v)", d, err)
	}
}

// A mirrored image has its original's mean colour: 200 images tell it from that by
// chance, within 3.4 standard errors.
func TestMeanColourDoesNotKnowTheFlip(t *testing.T) {
	found, err := measureAlterations(t.Context(), ofBaseline(t, smallData(t, smallStudy(t)), meanColour))
	if err != nil {
		t.Fatal(err)
	}
	all := found.details.([]alterationDetails)
	if len(all) != 3 || len(found.findings) != 3 {
		t.Fatalf("%+v", all)
	}
	for i, d := range all {
		f := found.findings[i]
		if math.Abs(d.Chance*float64(len(d.Ways))-100) > 1e-9 || float64(f.Value) != d.Accuracy || f.N != 200 || d.Train != 160 || !(*f.Low <= d.Accuracy && d.Accuracy <= *f.High) {
			t.Errorf("%+v, %+v", d, f)
		}
	}
	if flip := all[0]; flip.Name != "flip" || flip.Accuracy < 38 || flip.Accuracy > 62 {
		t.Errorf("%+v", flip)
	}
}

// A constant is right by chance: exactly, as all ways are equally many.
func TestConstantFeaturesKnowNoAlteration(t *testing.T) {
	f := ofBaseline(t, smallData(t, smallStudy(t)), pixelPCA)
	f.axes = &axes{matrix.New(1, f.widthOf(featureSet{encoder: pixels})), f.axes.means}
	train, test := f.drawnImages(f.data.Train, 120, 0), f.drawnImages(f.data.Test, 60, 1)
	if train.Len() != 120 || test.Len() != 60 {
		t.Fatalf("%d and %d images are drawn", train.Len(), test.Len())
	}
	for _, a := range nuisance.Alterations() {
		d, _, err := f.alteration(t.Context(), a, train, test)
		if err != nil || math.Abs(d.Accuracy-d.Chance) > 1e-9 {
			t.Errorf("%s: %.2f %%, chance is %.2f (%v)", a.Name, d.Accuracy, d.Chance, err)
		}
	}
}

// Features of other images are made as those of the study's own are: of the same
// images, the same to the last bit.
func TestFeaturesOfOthers(t *testing.T) {
	definition := smallStudy(t, "seeds=[87]", "study.encoders=[random]", "study.pools=[avg, flatten, pca]", "study.layers=[decoder.1]")
	data := smallData(t, definition)
	s := newSetup(definition, data, Options{Dir: t.TempDir(), Device: torch.CPU, Threads: 1})
	drop, err := s.loadImages()
	if err != nil {
		t.Fatal(err)
	}
	defer drop()
	for _, set := range append(s.featureSets(), featureSet{encoder: pixels}, featureSet{encoder: pixelPCA}) {
		f, err := s.features(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		others, err := f.ofOthers(t.Context(), data.Test)
		if err != nil || others.Columns != f.test.Columns || others.Rows() != f.test.Rows() {
			t.Fatalf("%s: %d features of %d (%v)", set, others.Columns, f.test.Columns, err)
		}
		for i, x := range others.Values {
			if x != f.test.Values[i] {
				t.Fatalf("%s: value %d is %g, not %g", set, i, x, f.test.Values[i])
			}
		}
	}
}
