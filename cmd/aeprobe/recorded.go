package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"aeprobe/experiments"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/vision"
)

// record names the images that a file in a run directory was made from.
type record struct {
	file  string // in the run directory
	title string // of the data set; empty if the file does not have it
	// fingerprint of the images; empty if the file does not have it.
	fingerprint string
}

func (r record) String() string {
	if r.title == "" {
		return fmt.Sprintf("images with fingerprint %.12s (%s)", r.fingerprint, r.file)
	}
	return fmt.Sprintf("%s (%s)", r.title, r.file)
}

// madeFrom reports whether all results and checkpoints in a run directory come
// from the images with the given fingerprint. If not, other is one that does
// not, or the definition if there are none; nil in a directory without either.
func madeFrom(dir, fingerprint string) (same bool, other *record, err error) {
	all, err := records(dir)
	if err != nil {
		return false, nil, err
	}
	for _, r := range all {
		if r.fingerprint == fingerprint {
			same = true
		} else if other == nil || other.title == "" {
			other = &r
		}
	}
	if other != nil || same {
		return other == nil, other, nil
	}
	if there, err := exists(filepath.Join(dir, experiments.DefinitionFile)); err != nil || !there {
		return false, nil, err
	}
	definition, err := runDefinition(dir)
	if err != nil {
		return false, nil, err
	}
	return false, &record{file: experiments.DefinitionFile, title: titleOf(definition.Data.Set)}, nil
}

// titleOf is what tables call a data set: CIFAR-10 for cifar10.
func titleOf(set string) string { return (&vision.Dataset{Name: set}).Title() }

// records returns the records of the results and checkpoints in a run
// directory, by file name. Superseded results do not count.
func records(dir string) ([]record, error) {
	var all []record
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && e.Name() == "superseded" {
			return fs.SkipDir
		}
		var read func(path string) (record, error)
		switch e.Name() {
		case report.ResultsFile, stages.ResultFile:
			read = resultRecord
		case train.StateFile:
			read = checkpointRecord
		default:
			return nil
		}
		r, err := read(path)
		if err != nil || r.fingerprint == "" {
			return err
		}
		r.file, err = filepath.Rel(dir, path)
		all = append(all, r)
		return err
	})
	return all, err
}

func resultRecord(path string) (record, error) {
	var result struct {
		Data struct{ Title, Fingerprint string }
	}
	if err := stages.ReadJSON(path, &result); err != nil {
		return record{}, err
	}
	return record{title: result.Data.Title, fingerprint: result.Data.Fingerprint}, nil
}

// checkpointRecord has no fingerprint if the checkpoint is damaged: the run will
// report that and use the previous one.
func checkpointRecord(path string) (record, error) {
	state, err := weights.Read(path)
	if errors.Is(err, fs.ErrPermission) {
		return record{}, err
	}
	var inputs struct{ Data string }
	if err != nil || json.Unmarshal([]byte(state.Metadata["inputs"]), &inputs) != nil {
		return record{}, nil
	}
	return record{fingerprint: inputs.Data}, nil
}
