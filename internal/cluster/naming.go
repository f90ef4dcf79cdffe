package cluster

import "fmt"

// Unnamed is the name of a cluster without a labelled image.
const Unnamed = -1

// Name names each of k clusters by the class that most of its labelled images
// have, the lowest of equally frequent ones: 0 to classes - 1, or Unnamed. With
// the labels of all training images it is the oracle naming, the most that few
// labels can be expected to reach.
func Name(clusters []int, labels []byte, k, classes int) ([]int, error) {
	if err := checkPairs(labels, clusters); err != nil {
		return nil, err
	}
	if k < 1 || classes < 1 {
		return nil, fmt.Errorf("cannot name %d clusters by %d classes: give at least one of each", k, classes)
	}
	counts := make([]int, k*classes)
	for i, j := range clusters {
		c := int(labels[i])
		if j >= k || c >= classes {
			return nil, fmt.Errorf("image %d of class %d is in cluster %d: there are %d classes and %d clusters, numbered from 0",
				i, c, j, classes, k)
		}
		counts[j*classes+c]++
	}
	names := make([]int, k)
	for j := range names {
		names[j] = Unnamed
		most := 0
		for c, n := range counts[j*classes : (j+1)*classes] {
			if n > most {
				names[j], most = c, n
			}
		}
	}
	return names, nil
}

// Named says how well the names of clusters classify images.
type Named struct {
	// Accuracy is the share of images whose cluster has their class's name; those in
	// unnamed clusters are wrong.
	Accuracy float64 `json:"accuracy"`
	// Unnamed is the share of images in unnamed clusters.
	Unnamed float64 `json:"unnamed"`
	Images  int     `json:"images"`
}

// ScoreNames classifies images by the names of their clusters.
func ScoreNames(names []int, labels []byte, clusters []int) (*Named, error) {
	if err := checkPairs(labels, clusters); err != nil {
		return nil, err
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("no images to score names by: give at least one")
	}
	var right, unnamed int
	for i, j := range clusters {
		if j >= len(names) {
			return nil, fmt.Errorf("image %d is in cluster %d, but names has only %d: name all clusters", i, j, len(names))
		}
		switch names[j] {
		case Unnamed:
			unnamed++
		case int(labels[i]):
			right++
		}
	}
	n := float64(len(labels))
	return &Named{float64(right) / n, float64(unnamed) / n, len(labels)}, nil
}
