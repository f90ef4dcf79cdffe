package torch

// #include "native/aeprobe_torch.h"
import "C"

import "github.com/sugarme/gotch/ts"

// Conv2d is the convolution of x, [N, in, H, W], with weight, [out, in, k, k],
// plus bias, [out] or nil, and with relu its ReLU; the result is
// [N, out, (H+2*padding-k)/stride+1, ...].
//
// On the CPU, kernels of ours compute it where there are at most 128 channels:
// with as few as these networks have, oneDNN leaves most of the processor idle. The
// exception is a 3x3 kernel without a stride, from multiples of 16 channels, or 3,
// to such multiples. Sums are rounded in another order than oneDNN's.
func Conv2d(x, weight, bias *ts.Tensor, stride, padding int, relu bool) (*ts.Tensor, error) {
	var out C.aep_tensor
	message := C.aep_conv2d(handle(x), handle(weight), optional(bias), C.int64_t(stride), C.int64_t(padding),
		flag(relu), &out)
	return owned(out, message)
}

// ConvTranspose2d is the transposed convolution of x, [N, in, H, W], with
// weight, [in, out, k, k], plus bias, [out] or nil, and with relu its ReLU; the
// result is [N, out, (H-1)*stride-2*padding+k+outputPadding, ...]. It is
// computed as Conv2d is.
func ConvTranspose2d(x, weight, bias *ts.Tensor, stride, padding, outputPadding int, relu bool) (*ts.Tensor, error) {
	var out C.aep_tensor
	message := C.aep_conv_transpose2d(handle(x), handle(weight), optional(bias), C.int64_t(stride), C.int64_t(padding),
		C.int64_t(outputPadding), flag(relu), &out)
	return owned(out, message)
}

// optional is t's handle, NULL for nil.
func optional(t *ts.Tensor) C.aep_tensor {
	if t == nil {
		return nil
	}
	return handle(t)
}
