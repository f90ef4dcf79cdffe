package episodes

import (
	"fmt"

	"aeprobe/internal/matrix"
)

func (d *drawer) check(features matrix.Matrix, labels []byte) error {
	o := d.o
	switch {
	case len(labels) != features.Rows():
		return fmt.Errorf("%d labels for features of %d images: give one for each", len(labels), features.Rows())
	case o.Ways < 2:
		return fmt.Errorf("%d ways: there must be 2 or more, as one class is always right", o.Ways)
	case o.Shots < 1 || o.Queries < 1:
		return fmt.Errorf("%d shots and %d queries: there must be 1 or more of each", o.Shots, o.Queries)
	case o.Episodes < 2:
		return fmt.Errorf("%d episodes: an interval needs 2 or more", o.Episodes)
	case o.Ways > len(d.classes):
		return fmt.Errorf("%d ways of %d classes: lower the ways to %d or allow more classes", o.Ways, len(d.classes), len(d.classes))
	case o.Transform != None && o.Transform != L2 && o.Transform != CL2N:
		return fmt.Errorf("unknown transform %q: use %s, %s or %s", o.Transform, None, L2, CL2N)
	case o.Transform == CL2N && len(o.BaseMean) != features.Columns:
		return fmt.Errorf("%s needs the base mean of all %d features, but has %d", CL2N, features.Columns, len(o.BaseMean))
	}
	for i, class := range d.classes {
		if i > 0 && class == d.classes[i-1] {
			return fmt.Errorf("class %d is allowed twice: name each class once", class)
		}
		if have := len(d.images[class]); have < o.Shots+o.Queries {
			return fmt.Errorf("class %d has %d images, too few for %d shots and %d queries: lower these or leave the class out",
				class, have, o.Shots, o.Queries)
		}
	}
	if err := features.CheckFinite("image"); err != nil {
		return err
	}
	return matrix.CheckFinite(o.BaseMean, "the base mean")
}
