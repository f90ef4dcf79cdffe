package train

import (
	"encoding/json"
	"fmt"
	"strings"

	"aeprobe/internal/fingerprint"
	"aeprobe/internal/plan"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
)

// This file keeps one rule: a training's bits come from one kind of machinery.
// A checkpoint names everything that its bits depend on besides its inputs. A
// resume on something else is refused, or, where the user allows it, recorded
// as mixed, and every table says so.

// machinery is what the bits of a training depend on besides its inputs.
type machinery struct {
	// CPUCapability is the vector instruction set of the kernels on a CPU.
	CPUCapability string `json:"cpu_capability"`
	// Device is cpu or cuda.
	Device   string `json:"device"`
	Libtorch string `json:"libtorch"`
	// Threads is the number of parts that a batch is split into.
	Threads int  `json:"threads"`
	TF32    bool `json:"tf32,omitempty"`
	// Plan tells that a plan took the steps, not autograd. It never splits a
	// batch.
	Plan bool `json:"plan,omitempty"`
	// PlanRevision is plan.Revision where a plan took the steps.
	PlanRevision int `json:"plan_revision,omitempty"`
}

func newMachinery(o Options, parts int, planned bool) machinery {
	m := machinery{CPUCapability: torch.CPUCapability(), Device: "cpu", Libtorch: torch.Version(), Threads: parts, Plan: planned}
	if planned {
		m.Threads, m.PlanRevision = 1, plan.Revision
	}
	if !o.Device.IsCPU() {
		m.Device, m.TF32 = "cuda", o.TF32
	}
	return m
}

// difference describes how a checkpoint's machinery differs from m; it is empty
// if it does not, or if the checkpoint is from a version that did not keep it.
func (m machinery) difference(kept string) (string, error) {
	if kept == "" {
		return "", nil
	}
	now, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	fields, err := fingerprint.Differences([]byte(kept), now)
	if err != nil {
		return "", fmt.Errorf("machinery: %w", err)
	}
	var all []string
	for _, f := range fields {
		all = append(all, f.String())
	}
	return strings.Join(all, "; "), nil
}

// acceptMachinery refuses a checkpoint that was computed on other machinery,
// the number of threads aside, which the network decides, too.
func acceptMachinery(state *weights.File, o Options) error {
	kept := state.Metadata[machineryKey]
	if kept == "" || o.AllowMixed {
		return nil
	}
	was, err := machineryOf(state)
	if err != nil {
		return err
	}
	// A training that began by autograd goes on by it: see BeganByAutograd.
	difference, err := newMachinery(o, was.Threads, was.Plan && Plannable() && !o.Autograd).difference(kept)
	if err != nil || difference == "" {
		return err
	}
	return otherMachinery(difference, o.Dir)
}

// machineryOf is what a checkpoint was computed on; versions that did not keep it
// had no plans.
func machineryOf(state *weights.File) (was machinery, err error) {
	if kept := state.Metadata[machineryKey]; kept != "" {
		if err := json.Unmarshal([]byte(kept), &was); err != nil {
			return was, fmt.Errorf("checkpoint: %s: %w", machineryKey, err)
		}
	}
	return was, nil
}

// otherMachinery refuses to resume a training on machinery that would give
// other bits.
func otherMachinery(difference string, dir string) error {
	return fmt.Errorf("an unfinished training here was computed differently: %s\n"+
		"resume it with the same processor features, --threads, --autograd, device, libtorch and version of aeprobe "+
		"(ATEN_CPU_CAPABILITY=default, avx2 or avx512 pins the features), "+
		"pass --allow-mixed to continue all the same and have the result marked as mixed, "+
		"or remove %s to start over", difference, dir)
}
