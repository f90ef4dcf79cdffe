package main

import (
	"aeprobe/config"
	"aeprobe/experiments"
	"aeprobe/internal/observe"
	"aeprobe/internal/report"
)

// observeRun looks at a run directory by its own definition.
func observeRun(dir string) (*observe.Run, *config.Definition, error) {
	definition, err := runDefinition(dir)
	if err != nil {
		return nil, nil, err
	}
	wanted, err := experiments.Outline(definition)
	if err != nil {
		return nil, nil, err
	}
	run, err := observe.Look(dir, experiments.DefinitionFile, report.ResultsFile, wanted)
	return run, definition, err
}
