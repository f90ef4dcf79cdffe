package torch

// #include "aeprobe_torch.h"
import "C"

import "github.com/sugarme/gotch/ts"

// BinaryCrossEntropyWithLogits is the mean binary cross-entropy, a scalar, of
// sigmoid(logits) and targets from 0 to 1, both float32 of one shape. On a CPU
// with AVX2 or AVX-512 it is computed by a kernel of our own, to rounding the
// same as libtorch's.
func BinaryCrossEntropyWithLogits(logits, targets *ts.Tensor) (*ts.Tensor, error) {
	var out C.aep_tensor
	message := C.aep_binary_cross_entropy_with_logits(handle(logits), handle(targets), &out)
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
