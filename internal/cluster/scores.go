package cluster

import (
	"fmt"
	"math"
	"slices"
)

// Scores say how well clusters agree with classes. All but ARI are at most 1, and
// 1 if each class is one cluster; AMI and ARI have expectation 0 for clusters
// drawn at random, and can be negative.
type Scores struct {
	// Accuracy is the share of images in the cluster of their class, when clusters
	// and classes are paired one to one as well as possible. Those in a cluster or
	// class that is left over are wrong.
	Accuracy float64 `json:"accuracy"`
	// NMI is the mutual information over the arithmetic mean of the two entropies.
	// scikit-learn before 0.22 and older papers divide by the geometric mean.
	NMI float64 `json:"nmi"`
	// AMI is NMI adjusted for chance, by the arithmetic mean too (Vinh, Epps and
	// Bailey, JMLR 11, 2010).
	AMI float64 `json:"ami"`
	// ARI is the adjusted Rand index (Hubert and Arabie, Comparing Partitions, 1985).
	ARI float64 `json:"ari"`
	// Purity is the share of images in a cluster most of which is their class. It
	// grows with the number of clusters: compare it at equal numbers only.
	Purity float64 `json:"purity"`
	// Images, Classes and Clusters are how many there are; empty ones do not count.
	Images   int `json:"images"`
	Classes  int `json:"classes"`
	Clusters int `json:"clusters"`
}

// Score compares the clusters of images, 0 and up, with their classes.
func Score(labels []byte, clusters []int) (*Scores, error) {
	if err := checkPairs(labels, clusters); err != nil {
		return nil, err
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("no images to score clusters by: give at least one")
	}
	t := contingency(labels, clusters)
	s := &Scores{
		Accuracy: float64(bestMatching(t.counts)) / float64(t.total),
		Purity:   float64(t.majorities()) / float64(t.total),
		NMI:      1, AMI: 1, ARI: 1,
		Images: t.total, Classes: present(t.classes), Clusters: present(t.clusters),
	}
	// Where every cluster is a class the quotients can be 0 / 0.
	if classes, clusters := t.entropies(); !t.identical() {
		information, mean := t.mutualInformation(), (classes+clusters)/2
		expected := t.expectedInformation()
		s.NMI = information / mean
		s.AMI = (information - expected) / (mean - expected)
		s.ARI = t.adjustedRand()
	}
	return s, nil
}

func checkPairs(labels []byte, clusters []int) error {
	if len(labels) != len(clusters) {
		return fmt.Errorf("%d labels and %d clusters: give both for every image", len(labels), len(clusters))
	}
	for i, j := range clusters {
		if j < 0 {
			return fmt.Errorf("image %d is in cluster %d: clusters are numbered from 0", i, j)
		}
	}
	return nil
}

// table counts images by class and cluster.
type table struct {
	counts            [][]int
	classes, clusters []int
	total             int
}

func contingency(labels []byte, clusters []int) *table {
	t := &table{
		counts:   make([][]int, int(slices.Max(labels))+1),
		clusters: make([]int, slices.Max(clusters)+1),
		total:    len(labels),
	}
	t.classes = make([]int, len(t.counts))
	for c := range t.counts {
		t.counts[c] = make([]int, len(t.clusters))
	}
	for i, j := range clusters {
		t.counts[labels[i]][j]++
		t.classes[labels[i]]++
		t.clusters[j]++
	}
	return t
}

func present(sizes []int) int {
	n := 0
	for _, size := range sizes {
		n += min(size, 1)
	}
	return n
}

// identical tells whether every class is one cluster, and no other class is in it.
func (t *table) identical() bool {
	for c, row := range t.counts {
		for j, n := range row {
			if n > 0 && (n < t.classes[c] || n < t.clusters[j]) {
				return false
			}
		}
	}
	return true
}

func (t *table) majorities() int {
	var majorities int
	for j := range t.clusters {
		var most int
		for _, row := range t.counts {
			most = max(most, row[j])
		}
		majorities += most
	}
	return majorities
}

// entropies are those of the classes and of the clusters, in nats.
func (t *table) entropies() (classes, clusters float64) {
	return entropy(t.classes, t.total), entropy(t.clusters, t.total)
}

func entropy(sizes []int, total int) float64 {
	var h float64
	for _, n := range sizes {
		if n > 0 {
			p := float64(n) / float64(total)
			h -= p * math.Log(p)
		}
	}
	return h
}

// adjustedRand counts pairs of images. It is 0 / 0 for identical partitions.
func (t *table) adjustedRand() float64 {
	var together float64
	for _, row := range t.counts {
		together += pairs(row)
	}
	classes, clusters := pairs(t.classes), pairs(t.clusters)
	expected := classes * clusters / pairs([]int{t.total})
	return (together - expected) / ((classes+clusters)/2 - expected)
}

// pairs is how many pairs of images share a group.
func pairs(sizes []int) float64 {
	var pairs int
	for _, n := range sizes {
		pairs += n * (n - 1) / 2
	}
	return float64(pairs)
}
