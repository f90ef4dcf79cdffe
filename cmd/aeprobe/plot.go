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
		Short: "Draw the figures of a run directory again",
		Long: `Plot draws the figures of a finished run directory again, as SVG and PNG, from
the weights, features and results that are kept there. Nothing is trained.`,
		Example: `  aeprobe plot runs/quick`,
		Args:    arguments(cobra.ExactArgs(1)),
		RunE:    func(c *cobra.Command, args []string) error { return runPlot(c.Context(), m, args[0]) },
	}
	m.addFlags(c.Flags())
	return c
}

func runPlot(ctx context.Context, m machine, dir string) error {
	definition, err := runDefinition(dir)
	if err != nil {
		return err
	}
	device, err := m.open()
	if err != nil {
		return err
	}
	data, err := openData(ctx, definition.Data, m.data)
	if err != nil {
		return err
	}
	err = experiments.Plot(ctx, definition, data, experiments.Options{Dir: dir, Device: device, Threads: m.threads})
	if err != nil {
		return err
	}
	fmt.Println("The figures are in", filepath.Join(dir, "figures"))
	return nil
}

// runDefinition is the definition that a run directory was made from.
func runDefinition(dir string) (*config.Definition, error) {
	path := filepath.Join(dir, definitionFile)
	if !exists(path) {
		return nil, fmt.Errorf("%s is not a run directory: there is no %s\naeprobe run makes one, by default runs/NAME", dir, definitionFile)
	}
	return config.Load(path, nil)
}
