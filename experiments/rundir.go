package experiments

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/train"
)

// DefinitionFile is the definition with every default written out, in the run
// directory.
const DefinitionFile = "definition.yaml"

// FiguresFolder holds the figures, in the run directory.
const FiguresFolder = figuresStage

// RunOf returns the run directory that a file of weights belongs to, or "" if it
// belongs to none.
func RunOf(weights string) (dir string, err error) {
	if filepath.Base(weights) != train.CheckpointFile {
		return "", nil
	}
	dir = filepath.Join(filepath.Dir(weights), "..", "..")
	if filepath.Base(filepath.Dir(dir)) == seedsFolder {
		dir = filepath.Join(dir, "..", "..")
	}
	_, err = os.Stat(filepath.Join(dir, DefinitionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return dir, err
}

// WeightsOf returns the weights files of a definition's trained networks in a
// run directory, and those of networks that the definition no longer has.
func WeightsOf(dir string, d *config.Definition) (files, leftOver []string, err error) {
	var wanted []string
	var folders []string
	for _, seed := range seedsOf(d) {
		s := &setup{definition: d, seed: seed}
		folders = append(folders, s.seedFolder()+"autoencoders", s.seedFolder()+"aggregations", s.seedFolder()+"classifiers")
		for _, name := range sortedKeys(d.Autoencoders) {
			wanted = append(wanted, filepath.Join(dir, s.autoencoderStage(name), train.CheckpointFile))
		}
		for _, name := range sortedKeys(d.Aggregations) {
			wanted = append(wanted, filepath.Join(dir, s.aggregationStage(name), train.CheckpointFile))
		}
		for _, name := range sortedKeys(d.Classifiers) {
			wanted = append(wanted, filepath.Join(dir, s.classifierStage(name), train.CheckpointFile))
		}
	}
	for _, folder := range folders {
		stages, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, nil, err
		}
		for _, stage := range stages {
			file := filepath.Join(dir, folder, stage.Name(), train.CheckpointFile)
			switch _, err := os.Stat(file); {
			case errors.Is(err, fs.ErrNotExist):
			case err != nil:
				return nil, nil, err
			case slices.Contains(wanted, file):
				files = append(files, file)
			default:
				leftOver = append(leftOver, file)
			}
		}
	}
	return files, leftOver, nil
}
