package tsne

import (
	"context"
	"fmt"

	"aeprobe/internal/matrix"
)

// The numbers of neighbours that Measure looks at.
const (
	TrustNeighbours  = 5
	RecallNeighbours = 10
)

// Quality tells what of the features a picture keeps. Each is from 0 to 1.
type Quality struct {
	// Trustworthiness is 1 where each point's 5 nearest in the picture are its 5
	// nearest by features; others lower it by how far from the point they are
	// (Venna and Kaski 2001; scikit-learn's trustworthiness).
	Trustworthiness float64 `json:"trustworthiness"`
	// Recall is how many of the points' 10 nearest by features are among the 10
	// nearest in the picture.
	Recall float64 `json:"knn_recall"`
	// Accuracy is the share of points whose nearest other point in the picture is
	// of the same class, and FeatureAccuracy that by features.
	Accuracy        float64 `json:"nearest_accuracy"`
	FeatureAccuracy float64 `json:"nearest_accuracy_features"`
}

// Measure compares coordinates, [N], with the features, [N, D], that they picture,
// by Euclidean distance. labels are the points' classes, [N]. Of points that are
// equally far the one with the lower index is nearer. It needs more than 10 points.
func Measure(ctx context.Context, features matrix.Matrix, coordinates [][2]float64, labels []byte, threads int) (*Quality, error) {
	n := features.Rows()
	if len(coordinates) != n || len(labels) != n {
		return nil, fmt.Errorf("%d points have %d coordinates and %d labels", n, len(coordinates), len(labels))
	}
	if n <= RecallNeighbours {
		return nil, fmt.Errorf("found %d points, but %d neighbours of each are compared: use more points", n, RecallNeighbours)
	}
	distances, err := squaredDistances(ctx, features, threads)
	if err != nil {
		return nil, err
	}
	counts := make([]counted, n)
	err = eachBlock(ctx, n, threads, func(first, end int) {
		plane := make([]float64, n)
		for i := first; i < end; i++ {
			for j, point := range coordinates {
				dx, dy := coordinates[i][0]-point[0], coordinates[i][1]-point[1]
				plane[j] = dx*dx + dy*dy
			}
			counts[i] = count(i, distances.Row(i), plane, labels)
		}
	})
	var sum counted
	for _, c := range counts {
		sum.beyond += c.beyond
		sum.common += c.common
		sum.same += c.same
		sum.sameByFeatures += c.sameByFeatures
	}
	points, k := float64(n), float64(TrustNeighbours)
	return &Quality{
		Trustworthiness: 1 - 2*float64(sum.beyond)/(points*k*(2*points-3*k-1)),
		Recall:          float64(sum.common) / (points * RecallNeighbours),
		Accuracy:        float64(sum.same) / points,
		FeatureAccuracy: float64(sum.sameByFeatures) / points,
	}, err
}

// counted is what one point adds to a Quality.
type counted struct {
	beyond               int // ranks of its nearest above TrustNeighbours
	common               int // neighbours in both
	same, sameByFeatures int // 1 if the nearest is of its class
}

// count compares the squared distances of point i by features and in the plane.
func count(i int, features []float32, plane []float64, labels []byte) (c counted) {
	byFeatures, inPlane := nearest(features, i, RecallNeighbours), nearest(plane, i, RecallNeighbours)
	for _, j := range inPlane[:TrustNeighbours] {
		c.beyond += max(0, rank(features, i, j)-TrustNeighbours)
	}
	for _, j := range inPlane {
		for _, other := range byFeatures {
			if j == other {
				c.common++
			}
		}
	}
	if labels[inPlane[0]] == labels[i] {
		c.same = 1
	}
	if labels[byFeatures[0]] == labels[i] {
		c.sameByFeatures = 1
	}
	return c
}

// nearest are the k points nearest to i, not counting itself, the nearest first.
func nearest[T float32 | float64](distances []T, i, k int) []int {
	found := make([]int, 0, k+1)
	for j, d := range distances {
		if j == i || len(found) == k && d >= distances[found[k-1]] {
			continue
		}
		at := len(found)
		found = append(found, j)
		for ; at > 0 && d < distances[found[at-1]]; at-- {
			found[at] = found[at-1]
		}
		found[at] = j
		found = found[:min(len(found), k)]
	}
	return found
}

// rank is 1 for the point nearest to i, 2 for the next, and so on.
func rank(distances []float32, i, j int) int {
	rank := 1
	for l, d := range distances {
		if l != i && (d < distances[j] || d == distances[j] && l < j) {
			rank++
		}
	}
	return rank
}
