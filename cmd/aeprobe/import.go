package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"aeprobe/config"
	"aeprobe/internal/infer"
	"aeprobe/internal/weights"
	"aeprobe/internal/words"
)

func newImport() *cobra.Command {
	var definition string
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Say what a file of weights holds, and how to start from it",
		Long: `Import reads a safetensors file or one that torch.save wrote, without running any
code that the file names. It lists the tensors by layer, says which parts of
which definition they are, and prints the YAML with which a definition starts
from the file.

Where they fit no definition, import infers a network from names and shapes and
proposes it as YAML. Weights do not tell strides, paddings, activations and
pools: what is guessed is marked, and yours to check. Only plain chains of
layers are inferred, no residual blocks.

The YAML's files: section names the file for a definition. Its name is then an
encoder, for auto-encoders, aggregations and classifiers to start from and for a
study to measure; a classifier's linear: takes the linear layer as well.`,
		Example: `  aeprobe import resnet18.pth
  aeprobe import model.safetensors --definition mine.yaml`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return runImport(c.Context(), args[0], definition) },
	}
	c.Flags().StringVar(&definition, "definition", "", "`file` or name of a definition (default: all that are built in)")
	return c
}

func runImport(ctx context.Context, path, definition string) error {
	names := []string{definition}
	if definition == "" {
		names = []string{"report"} // the one to name first
		for _, b := range config.Builtins() {
			names = append(names, b.Name)
		}
	}
	var definitions []*config.Definition
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		d, err := config.Load(name, nil)
		if err != nil {
			return err
		}
		definitions = append(definitions, d)
	}
	source, err := weights.Open(path)
	if err != nil {
		return err
	}
	contents := source.Contents()
	if err := showContents(ctx, path, source, contents); err != nil {
		return err
	}
	fits, nearest, err := fitsOf(ctx, source, definitions)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout)
	if len(fits) > 0 {
		showFits(path, fits)
		return nil
	}
	if definition != "" {
		return fmt.Errorf("%s holds no encoder of definition %s: %w", path, definitions[0].Name, nearest)
	}
	fmt.Fprintf(stdout, "It is no network of a built-in definition.\n\n")
	return propose(ctx, path, contents, definitions[0])
}

// mostRows and mostTensors bound what is shown of a dict and of a layer: a file may
// have millions.
const (
	mostRows    = 1000
	mostTensors = 20
)

// showContents lists a file's tensors, a row per layer.
func showContents(ctx context.Context, path string, source *weights.Source, contents []weights.Dict) error {
	size := ""
	if info, err := os.Stat(path); err == nil {
		size = ", " + words.Bytes(info.Size())
	}
	fmt.Fprintf(stdout, "%s: %s%s, SHA-256 %.12s\n", path, source.Format(), size, source.SHA256())
	for i, d := range contents {
		if err := ctx.Err(); err != nil {
			return err
		}
		fmt.Fprintln(stdout)
		if i == mostRows {
			fmt.Fprintf(stdout, "and %d more with tensors\n", len(contents)-i)
			break
		}
		where := "at the root"
		if len(d.Keys) > 0 {
			where = "under key " + strings.Join(d.Keys, ", ")
		}
		line := fmt.Sprintf("%s %s", words.Count(len(d.Tensors), "tensor"), where)
		if prefix := d.Prefix(); prefix != "" {
			line += fmt.Sprintf(", all names begin with %q", prefix)
		}
		if d.Unread > 0 {
			line += fmt.Sprintf("; %d more of kinds that are not read (sparse, quantized)", d.Unread)
		}
		fmt.Fprintln(stdout, line)
		t := newTable("layer", "tensors")
		t.SetColumnConfigs(nil) // to the left
		rows, err := layerRows(ctx, d)
		if err != nil {
			return err
		}
		for _, row := range rows[:min(len(rows), mostRows)] {
			t.AppendRow(table.Row{row.layer, row.text()})
		}
		fmt.Fprintln(stdout, t.Render())
		if more := len(rows) - mostRows; more > 0 {
			fmt.Fprintf(stdout, "and %s more\n", words.Count(more, "layer"))
		}
	}
	return nil
}

type layerRow struct {
	layer   string
	tensors []string // the first mostTensors
	more    int
}

func (r layerRow) text() string {
	text := strings.Join(r.tensors, ", ")
	if r.more > 0 {
		text += fmt.Sprintf(" and %d more", r.more)
	}
	return text
}

// layerRows are a dict's tensors by layer, in the order of the layers' first ones.
func layerRows(ctx context.Context, d weights.Dict) ([]layerRow, error) {
	var rows []layerRow
	at := map[string]int{} // the row of each layer
	for _, t := range d.Tensors {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		dot := strings.LastIndexByte(t.Name, '.')
		layer := printable(t.Name[:max(dot, 0)])
		row, found := at[layer]
		if !found {
			row = len(rows)
			at[layer] = row
			rows = append(rows, layerRow{layer: layer})
		}
		if len(rows[row].tensors) == mostTensors {
			rows[row].more++
			continue
		}
		text := fmt.Sprintf("%s %s", printable(t.Name[dot+1:]), strings.ReplaceAll(fmt.Sprint(t.Shape), " ", ", "))
		if t.DType != weights.F32 {
			text += " " + t.DType.Torch()
		}
		rows[row].tensors = append(rows[row].tensors, text)
	}
	return rows, nil
}

// printable is a name from a file, quoted where it could confuse a terminal.
func printable(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// propose prints a definition for the layers that a file may have.
func propose(ctx context.Context, path string, contents []weights.Dict, like *config.Definition) error {
	set, _ := like.Data.Describe()
	var failed error
	for _, d := range contents {
		if err := ctx.Err(); err != nil {
			return err
		}
		prefix := d.Prefix()
		p, err := infer.Network(d.Tensors, wrapperOf(prefix), set.Image)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		text, err := proposalYAML(path, p)
		if err != nil {
			return err
		}
		fmt.Fprint(stdout, text)
		return nil
	}
	return fmt.Errorf("%s: no network can be inferred: %w\nwrite a definition for it (aeprobe definitions --print report), and try aeprobe import --definition", path, failed)
}

// wrapperOf is the part of a prefix that PyTorch adds for a wrapped module. The rest
// may be the name of a part, such as encoder.
func wrapperOf(prefix string) string {
	for _, wrapper := range []string{"_orig_mod.module.", "module._orig_mod.", "module.", "_orig_mod."} {
		if strings.HasPrefix(prefix, wrapper) {
			return wrapper
		}
	}
	return ""
}
