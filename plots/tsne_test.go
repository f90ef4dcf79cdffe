package plots

import "testing"

func TestTSNEScatter(t *testing.T) {
	points, labels := spirals(10, 20)
	f, err := TSNEScatter("t-SNE of 200 images' features: encoder trained with BCE", points, labels, cifarClasses,
		"Perplexity 30, KL divergence 1.234 after 750 iterations. Trustworthiness of 5 neighbours 0.912, "+
			"recall of 10 neighbours 31.2 %.")
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "tsne", f)
}

func TestTSNEScatterErrors(t *testing.T) {
	_, err := TSNEScatter("features", [][2]float64{{1, 2}, {3, nan}}, []int{0, 1}, []string{"a", "b"}, "")
	wantError(t, "NaN", err, "point 1", "NaN", `t-SNE scatter "features"`)
}
