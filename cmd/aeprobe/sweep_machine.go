package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"aeprobe/config"
	capacity "aeprobe/internal/machine"
	"aeprobe/internal/sweep"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// This file holds a machine against what a sweep was fixed to. The rule: what would
// change a run's bits is refused before anything runs.

// checkMachine refuses a machine with other images, another libtorch or without
// what the sweep needs, and returns the devices that runs can use.
func checkMachine(ctx context.Context, s *sweep.Sweep) ([]string, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	if is := torch.Version(); is != s.Libtorch {
		return nil, fmt.Errorf("the sweep was planned with libtorch %s, and %s has %s\nset LIBTORCH to the one it was planned with, or plan another sweep", s.Libtorch, host, is)
	}
	if has := torch.CPUCapabilities(); !slices.Contains(has, s.Capability) {
		return nil, fmt.Errorf("the sweep was planned for %s, and the processor of %s has %s\n"+
			"keep it from such nodes (sbatch --constraint), or plan another sweep with cpu_capability: %s", s.Capability, host, strings.Join(has, ", "), has[len(has)-1])
	}
	if s.Data.Fingerprint != "" {
		base, err := config.LoadAt(s.BasePath(), nil, s.Data.Path)
		if err != nil {
			return nil, err
		}
		data, err := vision.Open(ctx, s.Data.Set, sweepImages(base.Data, &s.Fixed))
		if err != nil {
			return nil, err
		}
		if data.Fingerprint != s.Data.Fingerprint {
			return nil, fmt.Errorf("the sweep was planned for %s with fingerprint %.12s, and %s on %s has %.12s\nname the same images there, or plan another sweep",
				s.Data.Title, s.Data.Fingerprint, s.Data.Path, host, data.Fingerprint)
		}
	}
	if s.Device == torch.CPU.String() {
		return []string{s.Device}, nil
	}
	if err := torch.LoadCUDA(); err != nil {
		return nil, fmt.Errorf("the sweep was planned for a GPU, but on %s: %w\naeprobe doctor says why", host, err)
	}
	var devices []string
	for i := range torch.CUDADevices() {
		devices = append(devices, torch.Device{CUDA: i}.String())
	}
	return devices, nil
}

// sideBySide is how many runs fit on this machine at once: by cores and memory, or
// one on each GPU, whose stages share it.
func sideBySide(s *sweep.Sweep, devices int) int {
	n := max(1, coresOfJob()/s.Threads)
	if s.Device != torch.CPU.String() {
		n = devices
	}
	if free := capacity.AvailableMemory("/"); free > 0 && s.PerRun.Memory > 0 {
		n = min(n, int(free/s.PerRun.Memory))
	}
	return max(1, n)
}
