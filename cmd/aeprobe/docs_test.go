package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var updateDocs = flag.Bool("update", false, "write docs/commands.md as the commands are")

// documented is written from the commands' help.
const documented = "../../docs/commands.md"

// described are the commands that users see, as far as aeprobe has made them.
func described() []*cobra.Command {
	var all []*cobra.Command
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden || c.Name() == "help" || c.Name() == "completion" {
			return
		}
		all = append(all, c)
		for _, inner := range c.Commands() {
			walk(inner)
		}
	}
	walk(newRoot())
	return all
}

// TestDocsAreTheHelp keeps docs/commands.md current:
//
//	go test ./cmd/aeprobe -run TestDocsAreTheHelp -update
func TestDocsAreTheHelp(t *testing.T) {
	var text bytes.Buffer
	text.WriteString("# Commands\n\nWhat `aeprobe COMMAND --help` says. This page is made from it (`cmd/aeprobe/docs_test.go`).\n")
	for _, c := range described() {
		short := c.Short
		if !strings.HasSuffix(short, "?") {
			short += "."
		}
		fmt.Fprintf(&text, "\n## %s\n\n%s\n\n", c.CommandPath(), short)
		if c.Long != "" {
			fmt.Fprintf(&text, "```\n%s\n```\n\n", c.Long)
		}
		fmt.Fprintf(&text, "```\nusage: %s\n", c.UseLine())
		if flags := flagText(c.NonInheritedFlags()); flags != "" {
			fmt.Fprintf(&text, "\n%s", flags)
		}
		text.WriteString("```\n")
		if c.Example != "" {
			fmt.Fprintf(&text, "\n```\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n"))
		}
	}
	if *updateDocs {
		if err := os.WriteFile(documented, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := os.ReadFile(documented)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(kept), text.String()); diff != "" {
		t.Errorf("docs/commands.md is not the commands' help (-file +help): run go test ./cmd/aeprobe -run TestDocsAreTheHelp -update\n%s", diff)
	}
}

func flagText(flags *pflag.FlagSet) string {
	var lines []string
	for _, line := range strings.Split(strings.TrimRight(flags.FlagUsages(), "\n"), "\n") {
		if !strings.Contains(line, "--help") {
			lines = append(lines, strings.TrimPrefix(line, "  "))
		}
	}
	text := strings.Trim(strings.Join(lines, "\n"), "\n")
	if text == "" {
		return ""
	}
	return text + "\n"
}

// Every command has a description and examples, which call commands and flags that
// there are, and no line of help is wider than a terminal.
func TestHelpIsComplete(t *testing.T) {
	for _, c := range described() {
		path := c.CommandPath()
		if c.Short == "" || c.Long == "" && path != "aeprobe version" || c.Example == "" && path != "aeprobe version" {
			t.Errorf("%s: a description or an example is missing", path)
		}
		for _, line := range strings.Split(c.Long, "\n") {
			if len(line) > 84 {
				t.Errorf("%s: a line of help has %d columns: %s", path, len(line), line)
			}
		}
		for _, line := range strings.Split(c.Example, "\n") {
			if err := parseExample(line); err != nil {
				t.Errorf("%s: example %q: %v", path, line, err)
			}
		}
	}
}

// parseExample checks each call of aeprobe in a line.
func parseExample(line string) error {
	calls := strings.Split(" "+line, " aeprobe ")
	for _, call := range calls[1:] {
		call, _, _ = strings.Cut(call, "   ") // a remark
		for _, end := range []string{"|", ">", "<", ";", "&", ")"} {
			call, _, _ = strings.Cut(call, end)
		}
		root := newRoot()
		root.SetErr(io.Discard)
		root.InitDefaultCompletionCmd()
		c, args, err := root.Find(strings.Fields(call))
		if err != nil {
			return err
		}
		if c == root {
			return fmt.Errorf("no command in %q", call)
		}
		if err := c.ParseFlags(args); err != nil {
			return err
		}
	}
	return nil
}
