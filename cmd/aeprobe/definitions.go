package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"aeprobe/config"
)

func newDefinitions() *cobra.Command {
	var name string
	var schema bool
	c := &cobra.Command{
		Use:   "definitions",
		Short: "List the built-in definitions, or print one as a starting point",
		Long: `Definitions lists the built-in definitions, which aeprobe run accepts by name.

Your own is a YAML file: a copy of a built-in one, or one that names another as
its base and contains only the differences:

  base: report
  train: {epochs: 20}
  model: {pool: max}`,
		Example: `  aeprobe definitions
  aeprobe definitions --print report > mine.yaml
  aeprobe definitions --schema > definition.schema.json    for your editor`,
		Args: arguments(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case schema && name != "":
				return &usageError{errors.New("--print and --schema cannot be combined")}
			case schema:
				return printText(config.Schema())
			case c.Flags().Changed("print"):
				text, err := config.BuiltinYAML(name)
				if err != nil {
					return &usageError{err}
				}
				return printText(text)
			}
			for _, b := range config.Builtins() {
				fmt.Fprintf(stdout, "%-8s %s\n", b.Name, b.Description)
			}
			return nil
		},
	}
	c.Flags().StringVar(&name, "print", "", "print the definition of this `name`, with its comments")
	c.Flags().BoolVar(&schema, "schema", false, "print the JSON schema of definition files")
	return c
}

func printText(text []byte) error {
	_, err := stdout.Write(text)
	return err
}
