package torch

// #include "native/aeprobe_torch.h"
import "C"

import (
	"errors"

	"github.com/sugarme/gotch/ts"
)

// Gradient is that of loss, a scalar, by parameters: their values one after the
// other, [values]; 0 for those that loss does not depend on. Neither the
// parameters nor their gradients' tensors change, and loss can be differentiated
// again. The caller drops the result.
func Gradient(loss *ts.Tensor, parameters []*ts.Tensor) (*ts.Tensor, error) {
	if len(parameters) == 0 {
		return nil, errors.New("a gradient by no parameters")
	}
	handles := make([]C.aep_tensor, len(parameters))
	for i, p := range parameters {
		handles[i] = handle(p)
	}
	var out C.aep_tensor
	message := C.aep_gradient(handle(loss), &handles[0], C.size_t(len(handles)), &out)
	return owned(out, message)
}
