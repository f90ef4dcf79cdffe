package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aeprobe/config"
	"aeprobe/internal/atomicfile"
	"aeprobe/internal/export"
	"aeprobe/internal/weights"
	"aeprobe/vision"
)

// This file writes networks for other programs. The rule: nothing that is there
// already is replaced without --force, and nothing is written where anything would
// have to be. TensorBoard's logs are no networks: they are made anew from the run by
// each command, and the files of a log's folder that have their names are replaced
// (export_tensorboard.go).

type exportOptions struct {
	to, out, definition string
	images              int
	force, follow       bool
	machine
}

// exportFormat is a way to write a network.
type exportFormat struct {
	name string
	// extensions are those of a network's files.
	extensions []string
	// images tells that test images are needed.
	images bool
	write  func(ctx context.Context, e *exporter, n *exported) error
}

// exportFormats is the table of formats; tensorboard, which is about trainings rather
// than networks, has a file of its own.
var exportFormats = []exportFormat{
	{"safetensors", []string{".safetensors"}, false, func(_ context.Context, _ *exporter, n *exported) error {
		return weights.WriteSafetensors(n.base+".safetensors", &weights.File{Tensors: n.Weights.Tensors, Metadata: map[string]string{"format": "pt"}})
	}},
	{"pt", []string{".pt"}, false, func(_ context.Context, _ *exporter, n *exported) error {
		return weights.WriteTorch(n.base+".pt", n.Weights)
	}},
	{"npz", []string{".npz"}, false, func(_ context.Context, _ *exporter, n *exported) error {
		return weights.WriteNPZ(n.base+".npz", n.Weights)
	}},
	{"onnx", []string{".onnx"}, false, func(_ context.Context, _ *exporter, n *exported) error {
		return export.WriteONNX(n.base+".onnx", &n.Network)
	}},
	// Not random.py: Python would take that for its own random.
	{pythonFormat, []string{".torch.py", ".torch.pt"}, true, func(_ context.Context, e *exporter, n *exported) error { return e.writePython(n) }},
	{"outputs", []string{".outputs.npz"}, true, func(ctx context.Context, e *exporter, n *exported) error { return e.writeOutputs(ctx, n) }},
}

const pythonFormat, tensorboardFormat = "python", "tensorboard"

func exportNames() []string {
	var names []string
	for _, f := range exportFormats {
		names = append(names, f.name)
	}
	return append(names, tensorboardFormat)
}

func newExport() *cobra.Command {
	var o exportOptions
	c := &cobra.Command{
		Use:   "export DIR|WEIGHTS --to FORMAT",
		Short: "Write networks and trainings for PyTorch, NumPy, ONNX or TensorBoard",
		Long: `Export writes the trained networks of a run directory (or of the folder of one of
its stages, or of a file of weights) for other programs, by default into the
folder export of the run, under the stages' names. Weights have the names of a
PyTorch state_dict: encoder.0.weight, decoder.4.bias, classifier.weight.

Formats
  safetensors  the weights; safetensors.torch.load_file reads them
  pt           the weights; torch.load(FILE, weights_only=True) reads them
  npz          the weights; numpy.load reads them
  onnx         the network, opset 17. images (float32 [N, C, H, W], 0 to 1) give
               maps, reconstructions and, from a classifier, features and logits
  python       a script with the network as nn.Module, its weights, and the
               test images as .npz: python FILE tests it in PyTorch and prints
               what aeprobe measured beside it
  outputs      an .npz of the first test images, their labels, and what the network
               makes of them: maps, features, reconstructions, logits
  tensorboard  a log folder per training: scalars per epoch, reconstructions,
               features for the projector, hyper-parameters. It may be written
               while the run goes on; --follow keeps it up to date

Files that are there already are not replaced, unless --force is given or they
are TensorBoard logs that export wrote.`,
		Example: `  aeprobe export runs/quick --to onnx
  aeprobe export runs/quick/classifiers/end_to_end --to python
  aeprobe export model.safetensors --definition mine.yaml --to pt --out .
  aeprobe export runs/report --to tensorboard --follow`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return runExport(c.Context(), o, args[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.to, "to", "", "`format`: "+strings.Join(exportNames(), ", "))
	f.StringVar(&o.out, "out", "", "`folder` to write to (default DIR/export, or export for a file)")
	f.StringVar(&o.definition, "definition", "", "`file` or name of the weights' definition, as for eval")
	f.IntVar(&o.images, "images", 0, "how many test `images` to take, the first ones (default all for python, 1000 otherwise)")
	f.BoolVar(&o.force, "force", false, "replace files that are there already")
	f.BoolVar(&o.follow, "follow", false, "keep TensorBoard logs up to date until the run is finished")
	o.machine.addFlags(f)
	return c
}

func runExport(ctx context.Context, o exportOptions, path string) error {
	if err := o.check(); err != nil {
		return &usageError{err}
	}
	dir, files, err := weightsIn(path)
	if err != nil {
		return err
	}
	definition, err := weightsDefinition(o.definition, dir, o.machine.data)
	if err != nil {
		return err
	}
	if o.out == "" {
		o.out = filepath.Join(dir, "export")
	}
	e := &exporter{exportOptions: o, dir: dir, definition: definition}
	if o.to == tensorboardFormat {
		if dir == "" {
			return fmt.Errorf("%s is not a run: there is no training to show\nname a run directory, or pass another --to", path)
		}
		return e.tensorboard(ctx)
	}
	if len(files) == 0 {
		if files, err = networksIn(dir, definition); err != nil {
			return err
		}
	}
	return e.networks(ctx, files)
}

func (o *exportOptions) check() error {
	switch {
	case o.to == "":
		return fmt.Errorf("--to is missing: expected one of %s", strings.Join(exportNames(), ", "))
	case !slices.Contains(exportNames(), o.to):
		return fmt.Errorf("--to %s: expected one of %s", o.to, strings.Join(exportNames(), ", "))
	case o.follow && o.to != tensorboardFormat:
		return errors.New("--follow is for --to tensorboard")
	case o.images < 0:
		return fmt.Errorf("--images %d: expected 0 or more", o.images)
	}
	return nil
}

// exporter writes the networks and trainings of a definition.
type exporter struct {
	exportOptions
	dir        string // of the run, "" for none
	definition *config.Definition
	data       *vision.Dataset // once it was needed
	blind      bool            // whether it is needed, but not there
	test       *testImages     // of pythonFormat
}

// openImages opens the images of the definition, once.
func (e *exporter) openImages(ctx context.Context) error {
	if e.data != nil {
		return nil
	}
	decide := never("to take synthetic images, use --data synthetic")
	if e.dir != "" {
		decide = inSameRun(e.dir)
	}
	var err error
	e.data, err = openImages(ctx, e.definition.Data, e.machine.data, decide)
	return err
}

// networks writes those in files of weights.
func (e *exporter) networks(ctx context.Context, files []string) error {
	format := exportFormats[slices.IndexFunc(exportFormats, func(f exportFormat) bool { return f.name == e.to })]
	var all []*exported
	for _, file := range files {
		n, err := e.read(file)
		if err != nil {
			return err
		}
		for _, extension := range format.extensions {
			if err := e.mayWrite(n.base + extension); err != nil {
				return err
			}
		}
		all = append(all, n)
	}
	if format.images {
		if err := e.openImages(ctx); err != nil {
			return err
		}
	}
	if e.to == pythonFormat {
		if err := e.takeTestImages(); err != nil {
			return err
		}
	}
	for _, n := range all {
		for _, note := range n.notes {
			fmt.Fprintf(os.Stderr, "%s: %s\n", n.file, note)
		}
		if err := os.MkdirAll(filepath.Dir(n.base), 0o777); err != nil {
			return err
		}
		for _, extension := range format.extensions {
			if err := atomicfile.RemoveTemporariesOf(n.base + extension); err != nil {
				return err
			}
		}
		if err := format.write(ctx, e, n); err != nil {
			return fmt.Errorf("%s: %w", n.file, err)
		}
		for _, extension := range format.extensions {
			fmt.Fprintln(stdout, n.base+extension)
		}
	}
	return nil
}

// mayWrite refuses a file that is there already.
func (e *exporter) mayWrite(path string) error {
	if e.force {
		return nil
	}
	there, err := exists(path)
	if err == nil && there {
		err = fmt.Errorf("%s is there already\nname another folder with --out, or replace it with --force", path)
	}
	return err
}
