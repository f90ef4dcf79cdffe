package config

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestStudy checks the defaults of a study, which depend on the rest.
func TestStudy(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "my.yaml", "base: report\ndata: {train: 600}\nfeatures: {images: 600}\nseeds: [3, 1]\nstudy: {knn: {k: [7]}}\nautoencoders: {l1: null, mse: {without: [ship, cat]}}")
	d := load(t, "my.yaml")
	want := &Study{Encoders: []string{"random", "bce", "mse", "end_to_end"}, Baselines: Baselines, Pools: []string{"avg", "flatten"},
		Measures: Measures, Components: 48, KNN: KNN{K: []int{7}, Temperature: 0.07},
		Clusters:  Clusters{K: []int{10, 20, 50}, Starts: 10, Labels: []int{1, 5, 10}, Images: []int{100, 500}},
		FewLabels: FewLabels{PerClass: []int{1, 5, 10, 50}, Subsets: 5},
		Episodes:  Episodes{Ways: []int{5, 10}, Shots: []int{1, 5, 10}, Queries: 15, Episodes: 1000},
		Pairs:     Pairs{Folds: 10, PerFold: 300}}
	if diff := cmp.Diff(want, d.Study); diff != "" {
		t.Errorf("study (-want +got):\n%s", diff)
	}
	if d.Seed != 3 || !slices.Equal(d.Seeds, []uint64{3, 1}) {
		t.Errorf("seed is %d, seeds are %v", d.Seed, d.Seeds)
	}
	if got := d.Unseen(); !slices.Equal(got, []int{3, 8}) {
		t.Errorf("unseen classes are %v", got)
	}
	text, err := d.YAML()
	if err != nil {
		t.Fatal(err)
	}
	write(t, "again.yaml", string(text))
	if diff := cmp.Diff(d, load(t, "again.yaml")); diff != "" {
		t.Errorf("written out and read again (-first +again):\n%s", diff)
	}
}

// TestSeveralSeeds checks that the last source's seed, or seeds, wins.
func TestSeveralSeeds(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "my.yaml", "base: report\nseeds: [3, 1]")
	if d := load(t, "my.yaml", "seed=5"); d.Seed != 5 || d.Seeds != nil {
		t.Errorf("after --set seed=5: seed %d, seeds %v", d.Seed, d.Seeds)
	}
	if d := load(t, "my.yaml", "seeds=[7]"); d.Seed != 7 || d.Seeds != nil {
		t.Errorf("after --set seeds=[7]: seed %d, seeds %v", d.Seed, d.Seeds)
	}
}

// TestNoneOfAStudyStaysNone writes definitions out and reads them again: an empty list is
// none, and one left out is all.
func TestNoneOfAStudyStaysNone(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, set := range []string{"study.baselines=[]", "study.encoders=[]"} {
		d := load(t, "study-quick", set)
		text, err := d.YAML()
		if err != nil {
			t.Fatal(err)
		}
		write(t, "again.yaml", string(text))
		if diff := cmp.Diff(d.Study, load(t, "again.yaml").Study, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-first +again):\n%s", set, diff)
		}
	}
}
