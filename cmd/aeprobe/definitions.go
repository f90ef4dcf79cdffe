package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"aeprobe/config"
)

type definitionsOptions struct {
	print, resolved, out string
	schema               bool
	set                  []string
}

func newDefinitions() *cobra.Command {
	var o definitionsOptions
	c := &cobra.Command{
		Use:   "definitions",
		Short: "List the built-in definitions, or print one as a starting point",
		Long: `Definitions lists the built-in definitions, which aeprobe run accepts by name.

Your own is a YAML file: a copy of a built-in one, or one that names another as
its base and contains only the differences:

  base: report
  train: {epochs: 20}
  model: {pool: max}

The first line of a built-in one tells editors with a YAML language server where
its schema is: in definition.schema.json beside the file. --print NAME --out FILE
writes both; --schema prints the schema.

--resolved prints a definition, built-in or a file, with every default written out
and with the place that each value comes from: a flag, a variable, a line of a
file, the built-in defaults.`,
		Example: `  aeprobe definitions
  aeprobe definitions --print report --out mine.yaml
  aeprobe definitions --schema > definition.schema.json
  aeprobe definitions --resolved mine.yaml --set train.epochs=5`,
		Args: arguments(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return runDefinitions(o) },
	}
	f := c.Flags()
	f.StringVar(&o.print, "print", "", "print the built-in definition of this `name`, with its comments")
	f.StringVar(&o.out, "out", "", "write it to this new `file` instead, and the schema beside it")
	f.StringVar(&o.resolved, "resolved", "", "print a `definition` with every value and its origin")
	f.StringArrayVar(&o.set, "set", nil, "override a field of it, `key.path=value`; may be repeated")
	f.BoolVar(&o.schema, "schema", false, "print the JSON schema of definition files")
	return c
}

func runDefinitions(o definitionsOptions) error {
	switch {
	case o.print != "" && o.schema, o.print != "" && o.resolved != "", o.schema && o.resolved != "":
		return &usageError{errors.New("only one of --print, --schema and --resolved can be given")}
	case o.out != "" && o.print == "":
		return &usageError{errors.New("--out needs --print: it says where to write that definition")}
	case len(o.set) > 0 && o.resolved == "":
		return &usageError{errors.New("--set needs --resolved")}
	case o.schema:
		return printText(config.Schema())
	case o.print != "":
		text, err := config.BuiltinYAML(o.print)
		if err != nil {
			return &usageError{err}
		}
		if o.out != "" {
			return writeDefinition(o.out, text)
		}
		return printText(text)
	case o.resolved != "":
		return printResolved(o)
	}
	for _, b := range config.Builtins() {
		fmt.Fprintf(stdout, "%-12s %s\n", b.Name, b.Description)
	}
	return nil
}

// writeDefinition writes a new file, and the schema that its first line names.
func writeDefinition(path string, text []byte) error {
	schema := filepath.Join(filepath.Dir(path), config.SchemaFile)
	if old, err := os.ReadFile(schema); err == nil && !bytes.Contains(old, []byte(`"$schema"`)) {
		return fmt.Errorf("%s is there and is no JSON schema\nmove it, or use another folder", schema)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s already exists\nchoose another name", path)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := os.WriteFile(schema, config.Schema(), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "wrote %s and %s\n", path, schema)
	return nil
}

// printResolved prints a whole definition with its origins.
func printResolved(o definitionsOptions) error {
	set, err := overrides(o.set)
	if err != nil {
		return err
	}
	resolved, err := config.Resolve(o.resolved, set)
	if err != nil {
		return err
	}
	text, err := resolved.Annotated()
	if err != nil {
		return err
	}
	heading, err := settingsText()
	if err != nil {
		return err
	}
	return printText(append([]byte(heading), text...))
}

func printText(text []byte) error {
	_, err := stdout.Write(text)
	return err
}
