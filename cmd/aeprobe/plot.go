package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"aeprobe/config"
	"aeprobe/experiments"
)

func newPlot() *cobra.Command {
	var m machine
	c := &cobra.Command{
		Use:   "plot DIR",
		Short: "Redraw the figures and the page of a run directory",
		Long: `Plot redraws the figures of a finished run directory, as SVG and PNG, from its
weights, features and results, and makes report.html anew. It trains nothing.`,
		Example: `  aeprobe plot runs/quick`,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE:    func(c *cobra.Command, args []string) error { return runPlot(c.Context(), m, args[0]) },
	}
	m.addFlags(c.Flags())
	return c
}

func runPlot(ctx context.Context, m machine, dir string) error {
	definition, err := runDefinitionAt(dir, m.data)
	if err != nil {
		return err
	}
	device, err := m.open()
	if err != nil {
		return err
	}
	data, err := openAll(ctx, definition, m.data, inSameRun(dir))
	if err != nil {
		return err
	}
	err = experiments.Plot(ctx, definition, data, experiments.Options{Dir: dir, Device: device, Threads: m.threads})
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "The figures are in", filepath.Join(dir, experiments.FiguresFolder))
	return nil
}

// folderOf is the folder of images that --data names, if a definition is of one.
func folderOf(named string) string {
	if named == synthetic {
		return ""
	}
	return named
}

// runDefinition loads the definition that a run directory was made from.
func runDefinition(dir string) (*config.Definition, error) { return runDefinitionAt(dir, "") }

// runDefinitionAt is runDefinition where --data names the images.
func runDefinitionAt(dir, named string) (*config.Definition, error) {
	path := filepath.Join(dir, experiments.DefinitionFile)
	there, err := exists(path)
	if err != nil {
		return nil, err
	}
	if !there {
		return nil, fmt.Errorf("%s is not a run directory: it has no %s\naeprobe run creates one, by default runs/NAME", dir, experiments.DefinitionFile)
	}
	return config.LoadAt(path, nil, folderOf(named))
}
