package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aeprobe/config"
	"aeprobe/experiments"
)

// This file completes command lines in a shell. The rule: what cannot be read
// completes nothing, in silence.

const noFiles = cobra.ShellCompDirectiveNoFileComp

// completeDefinition offers the built-in definitions and YAML files.
func completeDefinition(_ *cobra.Command, args []string, written string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, noFiles
	}
	all := builtinCompletions(written)
	paths, directive := completePaths(written, func(path string) bool {
		return slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(path))
	})
	return append(all, paths...), directive
}

func builtinCompletions(written string) (all []cobra.Completion) {
	for _, b := range config.Builtins() {
		if strings.HasPrefix(b.Name, written) {
			all = append(all, cobra.CompletionWithDesc(b.Name, b.Description))
		}
	}
	return all
}

func completeBuiltin(_ *cobra.Command, _ []string, written string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return builtinCompletions(written), noFiles
}

// completeRuns offers run directories, for as many arguments as a command takes.
func completeRuns(arguments int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, written string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) >= arguments {
			return nil, noFiles
		}
		all, directive := completePaths(written, func(string) bool { return false })
		if runs, err := findRuns(runsFolder); err == nil {
			for _, dir := range runs {
				if strings.HasPrefix(dir, written) && !slices.Contains(all, dir) {
					all = append(all, dir)
				}
			}
		}
		return all, directive
	}
}

// completePaths offers files that are wanted, run directories, and folders to look
// into, which end in a slash and get no space behind them.
func completePaths(written string, wanted func(path string) bool) (all []cobra.Completion, directive cobra.ShellCompDirective) {
	directive = noFiles
	matches, _ := filepath.Glob(escapeGlob(written) + "*")
	for _, path := range matches {
		info, err := os.Stat(path)
		switch {
		case err != nil || strings.HasPrefix(filepath.Base(path), "."):
		case !info.IsDir():
			if wanted(path) {
				all = append(all, path)
			}
		case isRun(path):
			all = append(all, path)
		default:
			all, directive = append(all, path+"/"), noFiles|cobra.ShellCompDirectiveNoSpace
		}
	}
	return all, directive
}

func isRun(dir string) bool {
	there, err := exists(filepath.Join(dir, experiments.DefinitionFile))
	return there && err == nil
}

// escapeGlob takes the meaning from a pattern's characters.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// definitionOf is the definition that a command line names so far, or nil.
func definitionOf(c *cobra.Command, args []string) *config.Definition {
	if len(args) == 0 {
		return nil
	}
	sets, _ := c.Flags().GetStringArray("set")
	if d, err := config.Load(args[0], sets); err == nil {
		return d
	}
	d, err := config.Load(args[0], nil) // the last --set may be unfinished
	if err != nil {
		return nil
	}
	return d
}

// completeStage offers the stages of a definition.
func completeStage(c *cobra.Command, args []string, written string) ([]cobra.Completion, cobra.ShellCompDirective) {
	d := definitionOf(c, args)
	if d == nil {
		return nil, noFiles
	}
	stages, err := experiments.Outline(d)
	if err != nil {
		return nil, noFiles
	}
	var all []cobra.Completion
	for _, s := range stages {
		if strings.HasPrefix(s.Name, written) {
			all = append(all, s.Name)
		}
	}
	return all, noFiles
}

// completeSet offers keys of a definition, and values of those that have few.
func completeSet(c *cobra.Command, args []string, written string) ([]cobra.Completion, cobra.ShellCompDirective) {
	found, err := config.CompleteSet(definitionOf(c, args), written)
	if err != nil {
		return nil, noFiles
	}
	directive := noFiles
	var all []cobra.Completion
	for _, f := range found {
		all = append(all, cobra.CompletionWithDesc(f.Text, f.Meaning))
		if strings.HasSuffix(f.Text, "=") {
			directive |= cobra.ShellCompDirectiveNoSpace
		}
	}
	return all, directive
}

// completions gives every command of a tree its completions. Flags of one name take
// the same wherever they are.
func completions(c *cobra.Command) {
	for name, complete := range map[string]cobra.CompletionFunc{
		"only": completeStage, "set": completeSet, "print": completeBuiltin,
		"definition": completeDefinition, "resolved": completeDefinition,
		"device": cobra.FixedCompletions([]string{"auto", "cpu", "cuda", "cuda:0"}, noFiles),
	} {
		if c.Flags().Lookup(name) != nil {
			_ = c.RegisterFlagCompletionFunc(name, complete) // fails only for an unknown flag
		}
	}
	if use := strings.Fields(c.Use); c.ValidArgsFunction == nil && len(use) > 1 {
		switch {
		case strings.HasPrefix(use[1], "DEFINITION"):
			c.ValidArgsFunction = completeDefinition
		case strings.Trim(use[1], "[]") == "DIR", strings.HasPrefix(use[1], "DIR|"):
			c.ValidArgsFunction = completeRuns(1)
		case c.Use == "diff A B":
			c.ValidArgsFunction = completeRuns(2)
		}
	}
	for _, inner := range c.Commands() {
		completions(inner)
	}
}
