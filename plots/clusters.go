package plots

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// ClusterContents draws which classes each cluster's images belong to: counts are
// by cluster and class. A cluster is a bar of its classes' shares, the largest
// first, with a bar of its size at the right. Clusters are sorted by their largest
// share; those without images come last. It returns an error if there are no
// clusters or no images, if two classes share a name, if a row of counts is not
// as long as classes, or if a count is negative.
func ClusterContents(title string, counts [][]int, classes []string) (*Figure, error) {
	if err := checkClusters(counts, classes); err != nil {
		return nil, fmt.Errorf("cluster contents %q: %w", title, err)
	}
	l := newClusterLayout(counts, classes)
	return &Figure{title: title, width: clusterWidth, height: l.height(), body: l.draw}, nil
}

func checkClusters(counts [][]int, classes []string) error {
	if len(counts) == 0 {
		return errors.New("no clusters")
	}
	if err := checkLabels("classes", classes); err != nil {
		return err
	}
	images := 0
	for i, row := range counts {
		if len(row) != len(classes) {
			return fmt.Errorf("cluster %d has %d counts for %d classes", i, len(row), len(classes))
		}
		for j, n := range row {
			if n < 0 {
				return fmt.Errorf("cluster %d, class %q: count %d is negative", i, classes[j], n)
			}
			images += n
		}
	}
	if images == 0 {
		return errors.New("no images")
	}
	return nil
}

// cluster is one cluster's content.
type cluster struct {
	index  int
	images int
	parts  []part // the largest first, none of them empty
}

type part struct {
	class, images int
}

// sortClusters returns the clusters in the order that they are drawn in.
func sortClusters(counts [][]int) []cluster {
	clusters := make([]cluster, len(counts))
	for i, row := range counts {
		k := cluster{index: i}
		for class, n := range row {
			if n > 0 {
				k.images += n
				k.parts = append(k.parts, part{class, n})
			}
		}
		slices.SortStableFunc(k.parts, func(a, b part) int { return cmp.Compare(b.images, a.images) })
		clusters[i] = k
	}
	slices.SortStableFunc(clusters, func(a, b cluster) int { return cmp.Compare(b.largest(), a.largest()) })
	return clusters
}

// largest is the share of the cluster's largest class, and -1 if it has no images.
func (k cluster) largest() float64 {
	if k.images == 0 {
		return -1
	}
	return float64(k.parts[0].images) / float64(k.images)
}
