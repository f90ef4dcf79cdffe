package torch

// #include "native/aeprobe_torch.h"
import "C"

import "github.com/sugarme/gotch/ts"

// BinaryCrossEntropyOfSigmoid is the mean binary cross-entropy, a scalar, of
// sigmoid(logits) and targets from 0 to 1, both float32 of one shape, as
// PyTorch's binary_cross_entropy defines it: of the sigmoid as float32 rounds
// it, and with logarithms of -100 at least. Each loss is from 0 to 100; where
// the sigmoid is 0 or 1 its gradient is 0. On the CPU a kernel of ours computes
// it, to 1e-5 of each loss the same as libtorch's.
func BinaryCrossEntropyOfSigmoid(logits, targets *ts.Tensor) (*ts.Tensor, error) {
	return binaryCrossEntropy(logits, targets, true)
}

// BinaryCrossEntropyWithLogits is the mean binary cross-entropy as
// BinaryCrossEntropyOfSigmoid is, but exact: a loss grows with its logit
// without a bound. It is PyTorch's binary_cross_entropy_with_logits, to
// rounding.
func BinaryCrossEntropyWithLogits(logits, targets *ts.Tensor) (*ts.Tensor, error) {
	return binaryCrossEntropy(logits, targets, false)
}

func binaryCrossEntropy(logits, targets *ts.Tensor, clamped bool) (*ts.Tensor, error) {
	var out C.aep_tensor
	message := C.aep_binary_cross_entropy(handle(logits), handle(targets), flag(clamped), &out)
	return owned(out, message)
}

// LinearCrossEntropy is the mean cross-entropy, a scalar, of the classes that a
// linear layer with weight, [classes, in], and bias, [classes], gives features,
// [N, in], and labels, int64 [N]. On the CPU it is one node of back-propagation
// instead of four.
func LinearCrossEntropy(features, weight, bias, labels *ts.Tensor) (*ts.Tensor, error) {
	var out C.aep_tensor
	message := C.aep_linear_cross_entropy(handle(features), handle(weight), handle(bias), handle(labels), &out)
	return owned(out, message)
}
