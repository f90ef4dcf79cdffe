package pairs

import (
	"fmt"
	"slices"

	"aeprobe/internal/matrix"
)

func (o Options) check(labels []byte) error {
	switch {
	case o.Folds < 2:
		return fmt.Errorf("pairs in %d folds: there must be 2 or more, as each fold's threshold is from the others", o.Folds)
	case o.PerFold < 1:
		return fmt.Errorf("%d pairs of each kind per fold: there must be 1 or more", o.PerFold)
	case len(o.Classes) == 0:
		return fmt.Errorf("no class to draw pairs from: name 2 or more")
	case len(o.Classes) == 1 && len(o.Others) == 0:
		return fmt.Errorf("pairs of class %d alone are never different: name another class", o.Classes[0])
	}
	return checkClasses(labels, slices.Concat(o.Classes, o.Others))
}

// checkClasses refuses classes that are named twice or have no images.
func checkClasses(labels, classes []byte) error {
	for i, class := range classes {
		if slices.Contains(classes[:i], class) {
			return fmt.Errorf("class %d is named twice: name each class once", class)
		}
		if !slices.Contains(labels, class) {
			return fmt.Errorf("class %d has no images: leave it out", class)
		}
	}
	return nil
}

func (o Options) tooFew() error {
	return fmt.Errorf("pairs in %d folds: a fold has no two images of one class, or none of different classes: use fewer folds or more images", o.Folds)
}

func checkFinite(features matrix.Matrix, center []float64) error {
	if center != nil && len(center) != features.Columns {
		return fmt.Errorf("the mean to subtract has %d features of %d: take it from the same layer of the same encoder", len(center), features.Columns)
	}
	if err := features.CheckFinite("image"); err != nil {
		return err
	}
	return matrix.CheckFinite(center, "the mean to subtract")
}
