package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"aeprobe/config"
	"aeprobe/experiments"
	"aeprobe/internal/observe"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
)

// An observer looks at a run directory, again and again, by its own definition. What
// follows from the definition is worked out once for each content of its file, since
// that takes a processor longer than the look itself.
type observer struct {
	dir        string
	text       []byte // of the definition
	definition *config.Definition
	wanted     []*stages.Stage
}

// look sees how far the run is.
func (o *observer) look() (*observe.Run, *config.Definition, error) {
	text, err := os.ReadFile(filepath.Join(o.dir, experiments.DefinitionFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	if o.definition == nil || !bytes.Equal(text, o.text) {
		if o.definition, err = runDefinition(o.dir); err != nil {
			return nil, nil, err
		}
		if o.wanted, err = experiments.Outline(o.definition); err != nil {
			return nil, nil, err
		}
		o.text = text
	}
	run, err := observe.Look(o.dir, experiments.DefinitionFile, report.ResultsFile, o.wanted)
	return run, o.definition, err
}

// observeRun looks at a run directory once.
func observeRun(dir string) (*observe.Run, *config.Definition, error) {
	return (&observer{dir: dir}).look()
}
