package experiments

import (
	"testing"

	"aeprobe/internal/torch/torchtest"
)

// TestFaithfulUnderEveryCapability compares with PyTorch, and parts with the
// whole, with the other forms of the kernels, too.
func TestFaithfulUnderEveryCapability(t *testing.T) {
	torchtest.EachCapability(t, "^(TestFirstLossesAreThoseOfPyTorch|TestSaturatedLossesAreThoseOfPyTorch|"+
		"TestPartsAreTheWhole|TestPCAIsThatOfScikitLearn|TestFaithfulUnderEveryCapability)$")
}
