package matrix

import (
	"fmt"
	"math"
)

// CheckFinite fails for the first feature that is NaN or infinite. row is what a
// row is, such as "training image".
func (m Matrix) CheckFinite(row string) error {
	for i, x := range m.Values {
		if !isFinite(float64(x)) {
			return diverged(i%m.Columns, fmt.Sprintf("%s %d", row, i/m.Columns), float64(x))
		}
	}
	return nil
}

// CheckFinite fails for the first of values, one for each feature, that is NaN or
// infinite. what they are is said in the error, such as "the mean to subtract".
func CheckFinite(values []float64, what string) error {
	for i, x := range values {
		if !isFinite(x) {
			return diverged(i, what, x)
		}
	}
	return nil
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func diverged(feature int, of string, x float64) error {
	return fmt.Errorf("feature %d of %s is %g: check that the encoder's training did not diverge", feature, of, x)
}
