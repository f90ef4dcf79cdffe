package experiments

import (
	"aeprobe/config"
	"aeprobe/torch"
)

// precision is what the definition says of it, as an input of the stages; nil
// where it changes nothing: on the CPU, and where it is what everything was
// computed with before the definition could say otherwise.
func (r *run) precision() *config.Precision {
	if r.device.IsCPU() || r.definition.Precision.TF32 {
		return nil
	}
	return &r.definition.Precision
}

// prepareGPU sets what holds for all that the run computes on a GPU.
func (r *run) prepareGPU() { torch.SetTF32(r.definition.Precision.TF32) }
