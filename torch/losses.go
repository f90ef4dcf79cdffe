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
