package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"aeprobe/experiments"
	"aeprobe/internal/export"
	"aeprobe/internal/stages"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
)

// exported is a network that is to be written.
type exported struct {
	export.Network
	file, base string // of the weights, and of what is written, without extension
	notes      []string
	result     *stages.Result // of its stage, or nil
}

// read reads a network from a file of weights.
func (e *exporter) read(file string) (*exported, error) {
	set, known := e.definition.Data.Describe()
	if !known {
		return nil, fmt.Errorf("there is no data set %s", e.definition.Data.Set)
	}
	n := &exported{file: file, Network: export.Network{Model: e.definition.Model, Image: set.Image}}
	n.Name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	if e.dir != "" && filepath.Base(file) == train.CheckpointFile {
		stage, err := filepath.Rel(e.dir, filepath.Dir(file))
		if err != nil {
			return nil, err
		}
		n.Name = filepath.ToSlash(stage)
		if filepath.Base(filepath.Dir(stage)) == "classifiers" {
			n.Reads = e.definition.Classifiers[filepath.Base(stage)].Classify
		}
		if n.result, err = stages.ReadResult(filepath.Dir(file)); isAbsent(err) {
			n.notes = append(n.notes, "its stage is not finished: what was measured is left out")
		} else if err != nil {
			return nil, err
		}
	}
	n.base = filepath.Join(e.out, filepath.FromSlash(n.Name))

	source, err := weights.Open(file)
	if err != nil {
		return nil, err
	}
	n.Classes = len(set.Classes)
	classifier := n.Specs()
	n.Classes = 0
	f, which, err := source.Fit(classifier, n.Specs())
	if err != nil {
		return nil, fmt.Errorf("%s, definition %s: %w", file, e.definition.Name, err)
	}
	if which == 0 {
		n.Classes = len(set.Classes)
	}
	n.Weights, n.notes = f, append(n.notes, f.Notes...)
	return n, nil
}

// writeOutputs writes what a network makes of the first test images.
func (e *exporter) writeOutputs(ctx context.Context, n *exported) error {
	f, err := e.outputs(ctx, n.file)
	if err != nil {
		return err
	}
	return weights.WriteNPZ(n.base+".outputs.npz", f)
}

// shownImages is how many test images are shown, unless --images says otherwise.
const shownImages = 1000

func (e *exporter) outputs(ctx context.Context, file string) (*weights.File, error) {
	images := e.images
	if images == 0 {
		images = shownImages
	}
	device, err := e.open()
	if err != nil {
		return nil, err
	}
	return experiments.NetworkOutputs(ctx, e.definition, e.data, file, images, device, e.threads)
}
