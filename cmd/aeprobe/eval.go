package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"aeprobe/config"
	"aeprobe/experiments"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
)

type evalOptions struct {
	definition string
	json       bool
	machine
}

func newEval() *cobra.Command {
	var o evalOptions
	c := &cobra.Command{
		Use:   "eval DIR|WEIGHTS",
		Short: "Test trained weights",
		Long: `Eval tests networks on the test images: the mean BCE, L1 and MSE of an
auto-encoder's reconstructions and, if the weights include a classifier, its
accuracy by each of the definition's protocols.

DIR is a run directory, whose trained networks are all tested, or the folder of
one of its stages. WEIGHTS is a safetensors file or one that torch.save wrote,
with PyTorch's names: encoder.0.weight, decoder.4.bias, classifier.weight. For a
definition with residual blocks, such as resnet18, an encoder with a classifier
may also have the names of torchvision's ResNets (layer2.0.downsample.0.weight,
fc.weight) or akamaster's and kuangliu's (shortcut, linear). They may share a
prefix (module., _orig_mod.), lie under a key (state_dict, net), and be of
float16, bfloat16 or float64; stderr, or the JSON, says what was converted.

The definition describes the network and the images to test it on. It defaults
to the run directory's, or to "report" for other files.

A score that is not a finite number is printed as NaN, or as null in JSON.`,
		Example: `  aeprobe eval runs/quick
  aeprobe eval runs/quick/classifiers/end_to_end --json
  aeprobe eval model.pt --definition mine.yaml`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return runEval(c.Context(), o, args[0]) },
	}
	c.Flags().StringVar(&o.definition, "definition", "", "`file` or name of the weights' definition")
	c.Flags().BoolVar(&o.json, "json", false, "print a JSON object per weights file")
	o.machine.addFlags(c.Flags())
	return c
}

// weightsDefinition is the definition of weights: the one that a flag names, or that
// of their run in dir, or report for a file of no run. images is where --data says
// they are.
func weightsDefinition(named, dir, images string) (*config.Definition, error) {
	switch {
	case named != "":
	case dir != "":
		named = filepath.Join(dir, experiments.DefinitionFile)
	default:
		named = "report"
	}
	return config.LoadAt(named, nil, folderOf(images))
}

func runEval(ctx context.Context, o evalOptions, path string) error {
	dir, files, err := weightsIn(path)
	if err != nil {
		return err
	}
	definition, err := weightsDefinition(o.definition, dir, o.data)
	if err != nil {
		return err
	}
	if dir != "" && len(files) == 0 {
		if files, err = networksIn(dir, definition); err != nil {
			return err
		}
	}
	for _, file := range files {
		// Before searching for the data, which may mean a download.
		if _, err := weights.Open(file); err != nil {
			return err
		}
	}
	device, err := o.open()
	if err != nil {
		return err
	}
	decide := never("to test with synthetic images, use --data synthetic")
	if dir != "" {
		decide = inSameRun(dir)
	}
	data, err := openImages(ctx, definition.Data, o.data, decide)
	if err != nil {
		return err
	}
	var all []*experiments.Evaluation
	for _, file := range files {
		e, err := experiments.Eval(ctx, definition, data, file, device, o.threads)
		if err != nil {
			return err
		}
		all = append(all, e)
		if broken := e.Autoencoder.NotFinite(); len(broken) > 0 {
			fmt.Fprintf(os.Stderr, "aeprobe: warning: %s: not a finite number: %s\n", file, strings.Join(broken, ", "))
		}
	}
	if o.json {
		return printEvaluations(all)
	}
	for _, e := range all {
		for _, note := range e.Notes {
			fmt.Fprintf(os.Stderr, "%s: %s\n", e.Weights, note)
		}
	}
	showEvaluations(all, definition)
	return nil
}

// weightsIn returns the run directory that a path belongs to, if any, and the
// weights file that it stands for: itself, or that of a stage's folder. There is
// no file if the path is a run directory.
func weightsIn(path string) (dir string, files []string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", nil, err
	}
	file := path
	if info.IsDir() {
		if there, err := exists(filepath.Join(path, experiments.DefinitionFile)); err != nil || there {
			return path, nil, err
		}
		file = filepath.Join(path, train.CheckpointFile)
		switch there, err := exists(file); {
		case err != nil:
			return "", nil, err
		case !there:
			return "", nil, fmt.Errorf("%s contains no trained weights (%s)\nname a run directory, the folder of one of its stages, or a file",
				path, train.CheckpointFile)
		}
	}
	dir, err = experiments.RunOf(file)
	return dir, []string{file}, err
}

// networksIn returns the weights files of a run directory, and warns of those
// that the definition no longer has.
func networksIn(dir string, definition *config.Definition) ([]string, error) {
	files, leftOver, err := experiments.WeightsOf(dir, definition)
	if err != nil {
		return nil, err
	}
	for _, file := range leftOver {
		fmt.Fprintf(os.Stderr, "aeprobe: warning: %s is left out: the definition no longer has it\n", file)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s contains no trained weights (%s)\naeprobe run with the same definition and --out trains them",
			dir, train.CheckpointFile)
	}
	return files, nil
}

func printEvaluations(all []*experiments.Evaluation) error {
	encoder := json.NewEncoder(stdout)
	for _, e := range all {
		if err := encoder.Encode(e); err != nil {
			return fmt.Errorf("%s: %w", e.Weights, err)
		}
	}
	return nil
}

// showEvaluations prints a row per file, with dashes for scores that it does not
// have.
func showEvaluations(all []*experiments.Evaluation, definition *config.Definition) {
	columns := []string{"weights", "BCE", "L1", "MSE"}
	var protocols []string
	if slices.ContainsFunc(all, func(e *experiments.Evaluation) bool { return e.Classifier != nil }) {
		protocols = definition.Evaluate.Protocols
	}
	for _, p := range protocols {
		columns = append(columns, p+"\nAVG", p+"\nall")
	}
	t := newTable(columns...)
	for _, e := range all {
		row := table.Row{e.Weights}
		for _, loss := range []string{"bce", "l1", "mse"} {
			row = append(row, e.Autoencoder.Text(loss))
		}
		for _, p := range protocols {
			if score, measured := e.Classifier[p]; measured {
				row = append(row, score.Mean, score.Accuracy)
			} else {
				row = append(row, "-", "-")
			}
		}
		t.AppendRow(row)
	}
	fmt.Fprintln(stdout, t.Render())
	fmt.Fprintf(stdout, "Tested on the %d test images of %s, definition %s.\n", all[0].Data.Test, all[0].Data.Title, definition.Name)
	if len(protocols) > 0 {
		fmt.Fprintln(stdout, "Accuracies in %; AVG: mean over the classes, all: over all images.")
	}
}
