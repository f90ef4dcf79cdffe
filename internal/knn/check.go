package knn

import (
	"fmt"
	"math"

	"aeprobe/internal/matrix"
)

func (o Options) check(train matrix.Matrix, labels []byte, test matrix.Matrix) error {
	if len(o.K) == 0 {
		return fmt.Errorf("no k is given: give at least one, 20 for instance")
	}
	for _, k := range o.K {
		if k < 1 {
			return fmt.Errorf("k is %d: it must be 1 or more", k)
		}
	}
	if !(o.Temperature > 0) || math.IsInf(o.Temperature, 1) {
		return fmt.Errorf("the temperature is %g: it must be a number above 0, 0.07 for instance", o.Temperature)
	}
	if o.Normalize != L2 && o.Normalize != CL2N {
		return fmt.Errorf("unknown normalisation %q: use %s or %s", o.Normalize, L2, CL2N)
	}
	if o.Classes < 1 || o.Classes > 256 {
		return fmt.Errorf("%d classes: there must be 1 to 256", o.Classes)
	}
	if train.Rows() == 0 {
		return fmt.Errorf("there are no training images: at least one is needed")
	}
	if train.Columns != test.Columns {
		return fmt.Errorf("training images have %d features and test images %d: encode both with the same layer of one encoder",
			train.Columns, test.Columns)
	}
	if len(labels) != train.Rows() {
		return fmt.Errorf("%d labels for %d training images: give one for each", len(labels), train.Rows())
	}
	for i, label := range labels {
		if int(label) >= o.Classes {
			return fmt.Errorf("training image %d has label %d of %d classes: raise the number of classes", i, label, o.Classes)
		}
	}
	if err := train.CheckFinite("training image"); err != nil {
		return err
	}
	return test.CheckFinite("test image")
}
