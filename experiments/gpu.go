package experiments

import (
	"fmt"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// gpuSlots is how many stages share a GPU at most, however few processor cores
// there are: a step of one of them keeps only a small part of the GPU busy, and
// the core that begins it for a moment.
const gpuSlots = 8

// precision is what the definition says of it, as an input of the stages; nil
// where it changes nothing: on the CPU, and where it is what everything was
// computed with before the definition could say otherwise.
func (r *run) precision() *config.Precision {
	if r.device.IsCPU() || r.definition.Precision.TF32 {
		return nil
	}
	return &r.definition.Precision
}

// tf32 tells that the run's device may round to TF32.
func (r *run) tf32() bool { return !r.device.IsCPU() && r.definition.Precision.TF32 }

// prepareGPU loads what trainings on a GPU can do without, but not as fast.
func (r *run) prepareGPU() {
	torch.SetTF32(r.definition.Precision.TF32)
	if err := torch.LoadGraphs(); err != nil {
		r.events(Event{Kind: Warning, Message: fmt.Sprintf("no CUDA graphs, so that training is slow: %v", err)})
		return
	}
	r.graphs = true
}

// onGPU makes t, newly made, replay its steps if there are graphs, and read its
// losses just where a checkpoint or the end of an epoch needs them: reading
// makes the GPU wait.
func (t *trainer) onGPU(graphs bool) error {
	t.observeEvery = 0
	if !graphs {
		return nil
	}
	var err error
	t.replayer, err = newReplayer(t.minimize, t.settings.Batch, t.device, func(err error) {
		t.events(Event{Kind: Warning, Stage: t.stage,
			Message: fmt.Sprintf("a step can't be recorded as a CUDA graph, so that training is slow: %v", err)})
	})
	if err != nil {
		return err
	}
	t.learn = t.replayer.learn
	return nil
}
