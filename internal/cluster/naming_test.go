package cluster

import (
	"slices"
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	// Cluster 0: classes 2, 2, 1; cluster 1: 1, 0, a tie; cluster 3: 2.
	names, err := Name([]int{0, 0, 0, 1, 1, 3}, []byte{1, 2, 2, 1, 0, 2}, 4, 3)
	if want := []int{2, 0, Unnamed, 2}; err != nil || !slices.Equal(names, want) {
		t.Fatalf("names %v (%v), want %v", names, err, want)
	}
	// Right, wrong, unnamed, unnamed, right.
	got, err := ScoreNames(names, []byte{2, 1, 0, 1, 2}, []int{0, 1, 2, 2, 3})
	if want := (Named{Accuracy: 0.4, Unnamed: 0.4, Images: 5}); err != nil || *got != want {
		t.Errorf("%+v (%v), want %+v", got, err, want)
	}
	names, err = Name(nil, nil, 2, 3)
	if want := []int{Unnamed, Unnamed}; err != nil || !slices.Equal(names, want) {
		t.Errorf("names without labels: %v (%v), want %v", names, err, want)
	}
}

// Named by all labels, clusters classify as many images as their purity says.
func TestOracleNaming(t *testing.T) {
	clusters, labels := []int{0, 0, 0, 1, 1, 2, 2, 2}, []byte{1, 1, 0, 2, 1, 2, 2, 0}
	names, err := Name(clusters, labels, 3, 3)
	if err != nil {
		t.Fatal(err)
	}
	named, err := ScoreNames(names, labels, clusters)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := Score(labels, clusters); err != nil || s.Purity != named.Accuracy || s.Purity != 5./8 {
		t.Errorf("accuracy %v and %+v (%v), want 5 of 8", named.Accuracy, s, err)
	}
}

func TestNamingRefusals(t *testing.T) {
	for _, c := range []struct {
		want string
		err  error
	}{
		{"1 labels and 2 clusters", second(Name([]int{0, 1}, []byte{0}, 2, 2))},
		{"image 0 of class 2 is in cluster 1", second(Name([]int{1}, []byte{2}, 2, 2))},
		{"image 0 of class 1 is in cluster 2", second(Name([]int{2}, []byte{1}, 2, 2))},
		{"is in cluster -1", second(Name([]int{-1}, []byte{1}, 2, 2))},
		{"give at least one of each", second(Name(nil, nil, 0, 2))},
		{"names has only 1", second(ScoreNames([]int{0}, []byte{0}, []int{1}))},
		{"give at least one", second(ScoreNames([]int{0}, nil, nil))},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", c.err, c.want)
		}
	}
}
