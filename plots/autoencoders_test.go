package plots

import "testing"

func TestAutoencoderLosses(t *testing.T) {
	f, err := AutoencoderLosses("Training and test loss of the auto-encoders", []LossPanel{
		{"BCE", trainAndTest(60, 0.5525, 0.02)},
		{"L1", trainAndTest(60, 0.045, 0.03)},
		{"MSE", trainAndTest(60, 0.0041, 0.006)},
	})
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "autoencoders", f)
}

func TestAutoencoderLossesInRows(t *testing.T) {
	var panels []LossPanel
	for range 5 {
		panels = append(panels, LossPanel{
			"a loss with a name that is much longer than its panel",
			trainAndTest(7, 123456.7, 1e-2),
		})
		f, err := AutoencoderLosses("Many auto-encoders", panels)
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, f)
	}
}

func TestAutoencoderLossesErrors(t *testing.T) {
	_, err := AutoencoderLosses("Losses", nil)
	wantError(t, "none", err, "no panels", `"Losses"`)
	_, err = AutoencoderLosses("Losses", []LossPanel{{"BCE", trainAndTest(3, 1, 1)}, {"L1", nil}})
	wantError(t, "empty panel", err, `panel "L1"`, "no series")
	bad := []Series{{Label: "test", X: []float64{1}, Y: []float64{nan}}}
	_, err = AutoencoderLosses("Losses", []LossPanel{{"MSE", bad}})
	wantError(t, "NaN", err, `panel "MSE"`, `series "test"`, "point 0")
}
