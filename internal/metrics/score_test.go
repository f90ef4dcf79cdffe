package metrics

import "testing"

func TestScoresAreShownWithTheirDecimals(t *testing.T) {
	scores := Scores{"bce": 0.54961, "mse": 0.000712, "accuracy": 28.04}
	for name, want := range map[string]string{"bce": "0.5496", "mse": "0.00071", "accuracy": "28.04", "l1": "-"} {
		if got := scores.Text(name); got != want {
			t.Errorf("%s is shown as %s, want %s", name, got, want)
		}
	}
	for name, want := range map[string]string{"bce": "BCE", "cross_entropy": "cross-entropy"} {
		if got := LabelOf(name); got != want {
			t.Errorf("%s is called %s, want %s", name, got, want)
		}
	}
}

func TestNoTimeIsNoRate(t *testing.T) {
	for seconds, want := range map[float64]float64{2: 5, 0: 0, -1: 0} {
		if got := Rate(10, seconds); got != want {
			t.Errorf("10 images in %v s are %v a second, want %v", seconds, got, want)
		}
	}
}
