package pairs

import (
	"context"
	"fmt"
	"slices"

	"aeprobe/internal/matrix"
	"aeprobe/internal/torch"
)

// Retrieval is options of Recalls.
type Retrieval struct {
	// Classes are those whose images are queries and are searched.
	Classes []byte
	// K are 1 or more and below the number of those images; 1, 2, 4 and 8 are
	// customary.
	K []int
	// Center, if it is not nil, is subtracted from all features first.
	Center []float64
}

// Recall is R@K: the share of queries, from 0 to 1, that have an image of their
// class among the K others with the highest cosine; of equal cosines, the image
// with the lower row comes first (Oh Song et al., Deep Metric Learning via Lifted
// Structured Feature Embedding, CVPR 2016, section 6).
type Recall struct {
	K      int     `json:"k"`
	Recall float64 `json:"recall"`
}

// Recalls are for each of o.K, in its order. Every image of o.Classes is the query
// once, and all others of them are searched. Cosines are float32.
func Recalls(ctx context.Context, features matrix.Matrix, labels []byte, o Retrieval) ([]Recall, error) {
	if err := o.check(features, labels); err != nil {
		return nil, fmt.Errorf("recall at k: %w", err)
	}
	rows := rowsOf(labels, o.Classes...)
	searched, classes := features.Select(rows).UnitRows(o.Center), matrix.Select(labels, rows)
	hits := make([]int, len(o.K))
	err := torch.EachProduct(ctx, searched, searched, func(first int, cosines matrix.Matrix) error {
		for i := range cosines.Rows() {
			ahead := aheadOfClass(cosines.Row(i), classes, first+i)
			for j, k := range o.K {
				if ahead < k {
					hits[j]++
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	recalls := make([]Recall, len(o.K))
	for j, k := range o.K {
		recalls[j] = Recall{k, float64(hits[j]) / float64(len(rows))}
	}
	return recalls, nil
}

// aheadOfClass is how many images are more similar to the query than the most
// similar one of its class, the query itself not counted.
func aheadOfClass(similarities []float32, classes []byte, query int) (ahead int) {
	best := -1
	for j, s := range similarities {
		if classes[j] == classes[query] && j != query && (best < 0 || s > similarities[best]) {
			best = j
		}
	}
	for j, s := range similarities {
		if classes[j] != classes[query] && (s > similarities[best] || s == similarities[best] && j < best) {
			ahead++
		}
	}
	return ahead
}

func (o Retrieval) check(features matrix.Matrix, labels []byte) error {
	if len(labels) != features.Rows() {
		return fmt.Errorf("%d labels for features of %d images: give one for each", len(labels), features.Rows())
	}
	if len(o.Classes) < 2 {
		return fmt.Errorf("%d classes: name 2 or more, as images of one are always found", len(o.Classes))
	}
	if err := checkClasses(labels, o.Classes); err != nil {
		return err
	}
	for _, class := range o.Classes {
		if len(rowsOf(labels, class)) < 2 {
			return fmt.Errorf("class %d has a single image, which has no other to find: leave the class out", class)
		}
	}
	others := len(rowsOf(labels, o.Classes...)) - 1
	if len(o.K) == 0 || slices.Min(o.K) < 1 || slices.Max(o.K) > others {
		return fmt.Errorf("k of %v: give one or more from 1 to %d, the number of other images", o.K, others)
	}
	return checkFinite(features, o.Center)
}
