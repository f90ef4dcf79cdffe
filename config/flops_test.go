package config

import "testing"

// TestTrainingFLOPsOfTheReport counts by hand: 4x4 kernels, two operations per
// weight and pixel, three passes, but two for the first layer.
func TestTrainingFLOPsOfTheReport(t *testing.T) {
	d, err := Load("report", nil)
	if err != nil {
		t.Fatal(err)
	}
	const outer, inner = 2 * 16 * 3 * 12 * 16 * 16, 2 * 16 * 12 * 24 * 8 * 8
	const wantEncoder, wantDecoder = 2*outer + 3*(inner+inner), 3 * (inner + inner + outer)
	if encoder, decoder, err := d.Model.TrainingFLOPs([3]int{3, 32, 32}); err != nil || encoder != wantEncoder || decoder != wantDecoder {
		t.Errorf("got %g and %g, %v; want %d and %d", encoder, decoder, err, wantEncoder, wantDecoder)
	}
	if _, _, err := d.Model.TrainingFLOPs([3]int{3, 31, 32}); err == nil {
		t.Error("accepted a network that changes the images' size")
	}
}
