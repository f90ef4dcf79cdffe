package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"aeprobe/config"
)

func newDefinitions() *cobra.Command {
	var name string
	var schema bool
	c := &cobra.Command{
		Use:   "definitions",
		Short: "List the built-in definitions, or print one to start your own",
		Long: `Definitions lists the built-in definitions, which aeprobe run takes by name.

Your own is a YAML file: a copy of a built-in one, or the name of another as its
base and just the differences:

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
				return &usageError{errors.New("--print and --schema: expected one of them")}
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
				fmt.Printf("%-8s %s\n", b.Name, b.Description)
			}
			return nil
		},
	}
	c.Flags().StringVar(&name, "print", "", "print the definition of that `name`, comments and all")
	c.Flags().BoolVar(&schema, "schema", false, "print the JSON schema of definition files")
	return c
}

func printText(text []byte) error {
	_, err := os.Stdout.Write(text)
	return err
}
