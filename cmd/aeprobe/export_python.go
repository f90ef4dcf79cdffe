package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"

	"aeprobe/config"
	"aeprobe/experiments"
	"aeprobe/internal/atomicfile"
	"aeprobe/internal/export"
	"aeprobe/internal/weights"
)

// testImages are the images that programs test their networks on, beside all programs.
type testImages struct {
	*weights.File
	path   string
	images int
	// there tells that the file is what it has to be.
	there bool
}

// takeTestImages takes the first test images. It refuses a file in their place that
// holds anything else, such as a part of them.
func (e *exporter) takeTestImages() error {
	n := e.data.Test.Len()
	if e.images > 0 {
		n = min(n, e.images)
	}
	// Named by its content, so that it is the same file for all of the run's networks.
	t := &testImages{File: experiments.TestImages(e.data, n), images: n, path: filepath.Join(e.out, fmt.Sprintf("test-%.8s-%d.npz", e.data.Fingerprint, n))}
	var err error
	if t.there, err = weights.IsNPZ(t.path, t.File); err != nil && !isAbsent(err) {
		return err
	}
	e.test = t
	if t.there {
		return nil
	}
	return e.mayWrite(t.path)
}

// write writes the file, unless it is there.
func (t *testImages) write() error {
	if t.there {
		return nil
	}
	if err := atomicfile.RemoveTemporariesOf(t.path); err != nil {
		return err
	}
	if err := weights.WriteNPZ(t.path, t.File); err != nil {
		return err
	}
	t.there = true
	fmt.Fprintln(stdout, t.path)
	return nil
}

// sha256 is what export.Script calls so.
func (t *testImages) sha256() string {
	sum := sha256.New()
	sum.Write(t.Tensors[experiments.OutputImages].Data)
	sum.Write(t.Tensors[experiments.OutputLabels].Data)
	return hex.EncodeToString(sum.Sum(nil))
}

// writePython writes a program, and the test images beside all programs.
func (e *exporter) writePython(n *exported) error {
	if err := e.test.write(); err != nil {
		return err
	}
	beside, err := filepath.Rel(filepath.Dir(n.base), e.test.path)
	if err != nil {
		return err
	}
	name := filepath.Base(n.base)
	script := export.Script{Name: name + ".torch.py", Weights: name + ".torch.pt", Images: filepath.ToSlash(beside),
		Data: e.data.Title(), CIFAR10: e.data.Name == "cifar10" && e.definition.Data.Preparation == config.Preparation{},
		TestImages: e.test.images, SHA256: e.test.sha256()}
	if r := n.result; r != nil && r.Training != nil && r.Data.Fingerprint == e.data.Fingerprint && e.test.images == e.data.Test.Len() {
		script.Measured = r.Training.Test
	}
	if err := weights.WriteTorch(n.base+".torch.pt", n.Weights); err != nil {
		return err
	}
	return export.WritePython(n.base+".torch.py", &n.Network, script)
}
