package experiments

import (
	"testing"

	"aeprobe/internal/torch/torchtest"
)

// TestFaithfulUnderEveryCapability compares with PyTorch, parts with the whole,
// and a run made with AVX2 with what its seed gives, with the other forms of the
// kernels, too.
func TestFaithfulUnderEveryCapability(t *testing.T) {
	t.Parallel() // a process of its own
	torchtest.EachCapability(t, "^(TestFirstLossesAreThoseOfPyTorch|TestSaturatedLossesAreThoseOfPyTorch|"+
		"TestARunOfAnEarlierVersionVerifies|TestPartsAreTheWhole|TestPCAIsThatOfScikitLearn|TestFaithfulUnderEveryCapability)$")
}
