package matrix

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	m, err := Of([]float32{1, 2, 3, 4, 5, 6}, 2)
	if err != nil || m.Rows() != 3 || !slices.Equal(m.Row(1), []float32{3, 4}) {
		t.Errorf("%v (%v)", m, err)
	}
	if got := m.Select([]int{2, 0}).Values; !slices.Equal(got, []float32{5, 6, 1, 2}) {
		t.Errorf("selected rows are %v", got)
	}
	if got := m.Slice(1, 3).Values; !slices.Equal(got, []float32{3, 4, 5, 6}) {
		t.Errorf("rows 1 and 2 are %v", got)
	}
	if _, err := Of([]float32{1, 2, 3}, 2); err == nil {
		t.Error("half a row is accepted")
	}
	if got := Select([]string{"a", "b", "c"}, []int{2, 2}); !slices.Equal(got, []string{"c", "c"}) {
		t.Errorf("selected %v", got)
	}
}

// By hand: the column 1, 3 has mean 2 and deviation 1. 0.1 summed three times is
// not three times 0.1, yet the column is constant.
func TestScaler(t *testing.T) {
	m, _ := Of([]float32{1, 0.1, 3, 0.1}, 2)
	s := NewScaler(m)
	if s.Means[0] != 2 || s.Deviations[0] != 1 || s.Deviations[1] != 0 {
		t.Errorf("scaler is %v", s)
	}
	other, _ := Of([]float32{5, 0.3}, 2)
	if got := s.Apply(other).Values; !slices.Equal(got, []float32{3, 0}) {
		t.Errorf("scaled to %v", got)
	}
}

func TestUnitRows(t *testing.T) {
	m, _ := Of([]float32{3, 4, 0, 0, 1, 1}, 2)
	got := m.UnitRows(nil).Values
	want := []float32{0.6, 0.8, 0, 0, float32(math.Sqrt(0.5)), float32(math.Sqrt(0.5))}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := m.UnitRows([]float64{1, 1}).Slice(2, 3).Values; !slices.Equal(got, []float32{0, 0}) {
		t.Errorf("the centre itself becomes %v", got)
	}
}

func TestCheckFinite(t *testing.T) {
	inf := float32(math.Inf(1))
	m, _ := Of([]float32{1, 2, 3, inf}, 2)
	if err := m.CheckFinite("image"); err == nil || !strings.Contains(err.Error(), "feature 1 of image 1 is +Inf") {
		t.Errorf("infinite: %v", err)
	}
	if err := m.Slice(0, 1).CheckFinite("image"); err != nil {
		t.Error(err)
	}
	if err := CheckFinite([]float64{0, math.NaN()}, "the mean"); err == nil || !strings.Contains(err.Error(), "feature 1 of the mean is NaN") {
		t.Errorf("NaN: %v", err)
	}
}
