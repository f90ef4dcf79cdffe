package experiments

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/torch"
	"aeprobe/vision"
)

// TestPrecisionDecidesStagesOfAGPUAlone compares fingerprints: what was
// computed on the CPU, or before a definition could say otherwise, stays.
func TestPrecisionDecidesStagesOfAGPUAlone(t *testing.T) {
	gpu := torch.Device{CUDA: 0}
	fingerprints := func(device torch.Device, sets ...string) map[string]Fingerprint {
		r := newRun(smallReport(t, sets...), new(vision.Dataset), Options{Device: device, Threads: 1})
		stages, err := r.stages()
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]Fingerprint{}
		for _, s := range stages {
			all[s.name] = s.fingerprint
		}
		return all
	}
	cpu := fingerprints(torch.CPU)
	if diff := cmp.Diff(cpu, fingerprints(torch.CPU, "precision.tf32=false")); diff != "" {
		t.Errorf("on the CPU tf32=false changes\n%s", diff)
	}
	if diff := cmp.Diff(cpu, fingerprints(gpu)); diff != "" {
		t.Errorf("a GPU changes\n%s", diff)
	}
	for name, f := range fingerprints(gpu, "precision.tf32=false") {
		if f == cpu[name] {
			t.Errorf("on a GPU tf32=false does not change %s", name)
		}
	}
	if len(cpu) != 8 {
		t.Errorf("%d stages", len(cpu))
	}
}

func TestStagesShareAGPUHoweverFewCores(t *testing.T) {
	definition := smallReport(t)
	for _, c := range []struct {
		device          torch.Device
		threads         int
		slots, threads1 int
	}{
		{torch.CPU, 1, 1, 1},
		{torch.CPU, 16, 6, 2},
		{torch.Device{CUDA: 0}, 1, 6, 1},
		{torch.Device{CUDA: 0}, 16, 6, 2},
	} {
		r := newRun(definition, new(vision.Dataset), Options{Device: c.device, Threads: c.threads})
		if r.slots != c.slots || r.stageThreads != c.threads1 {
			t.Errorf("%s with %d threads: %d stages of %d threads, want %d of %d",
				c.device, c.threads, r.slots, r.stageThreads, c.slots, c.threads1)
		}
	}
}
