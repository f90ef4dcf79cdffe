package experiments

import (
	"fmt"
	"path/filepath"

	steps "aeprobe/internal/plan"
)

// sharedFolder is where runs that share root share stages: a folder for each
// machinery, named after all that a stage's bits depend on besides its fingerprint.
// Threads follow from how many trainings a definition has, so runs of one sweep may
// differ in them. It is empty for an empty root.
func (s *setup) sharedFolder(root string) string {
	if root == "" {
		return ""
	}
	m := s.dir.MadeWith
	device := "cpu"
	if !s.device.IsCPU() {
		device = "cuda"
	}
	by := "autograd"
	if s.evaluates() {
		by = fmt.Sprintf("plan-%d", steps.Revision)
	}
	name := fmt.Sprintf("%s_%s_libtorch-%s_threads-%d_%s", device, m.CPU, m.Libtorch, m.Threads, by)
	if m.TF32 {
		name += "_tf32"
	}
	if m.BF16 {
		name += "_bf16"
	}
	return filepath.Join(root, name)
}
