package metrics

import (
	"encoding/json"
	"math"
	"testing"
)

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

func TestScoresThatAreNotFiniteAreNull(t *testing.T) {
	text, err := json.Marshal(Epoch{Epoch: 1, Test: Scores{"bce": math.NaN(), "l1": math.Inf(1), "mse": 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"epoch":1,"loss":0,"test":{"bce":null,"l1":null,"mse":0.5},"seconds":0}`; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
	var back Epoch
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(back.Test["bce"]) || back.Test["mse"] != 0.5 || len(back.Test) != 3 {
		t.Errorf("read back: %v", back.Test)
	}
	if text, err := json.Marshal(Epoch{}); err != nil || string(text) != `{"epoch":0,"loss":0,"seconds":0}` {
		t.Errorf("no test: %s, %v", text, err)
	}
}
