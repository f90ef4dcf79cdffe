package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"aeprobe/config"
	"aeprobe/experiments"
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
		Short: "Measure trained weights on the test images",
		Long: `Eval measures networks on the test images: the mean BCE, L1 and MSE of an
auto-encoder's reconstructions, and the accuracy, by each of the definition's
protocols, where the weights hold a classifier.

DIR is a run directory, of which every trained network is measured, or the
folder of one of its stages. WEIGHTS is a safetensors file or one that torch.save
wrote, with the names that PyTorch gives them: encoder.0.weight, decoder.4.bias,
classifier.weight. They may share a prefix (module., _orig_mod.), lie in a dict
under a key (state_dict, net), and be of float16, bfloat16 or float64; what was
done about that is noted on stderr, or in the JSON.

The definition says what network the weights belong to and on which images it is
tested. If nothing else is said, that is the run directory's own, and the
built-in report for a file that lies in none.`,
		Example: `  aeprobe eval runs/quick
  aeprobe eval runs/quick/classifiers/end_to_end --json
  aeprobe eval model.pt --definition mine.yaml`,
		Args: arguments(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error { return runEval(c.Context(), o, args[0]) },
	}
	c.Flags().StringVar(&o.definition, "definition", "", "`file` or name of the definition that the weights belong to")
	c.Flags().BoolVar(&o.json, "json", false, "print a JSON object per file of weights")
	o.machine.addFlags(c.Flags())
	return c
}

func runEval(ctx context.Context, o evalOptions, path string) error {
	files, err := weightsIn(path)
	if err != nil {
		return err
	}
	for _, file := range files {
		// Before the data is looked for, which may mean a download.
		if _, err := weights.Open(file); err != nil {
			return err
		}
	}
	if o.definition == "" {
		o.definition = definitionOf(files[0])
	}
	definition, err := config.Load(o.definition, nil)
	if err != nil {
		return err
	}
	device, err := o.open()
	if err != nil {
		return err
	}
	data, err := openData(ctx, definition.Data, o.data)
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

// checkpointFile is what a training stage's folder keeps its weights in.
const checkpointFile = "checkpoint.safetensors"

// weightsIn are the files of weights that a path means: itself, those of a
// stage's folder, or those of a run directory.
func weightsIn(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	if file := filepath.Join(path, checkpointFile); exists(file) {
		return []string{file}, nil
	}
	var files []string
	for _, kind := range []string{"autoencoders", "classifiers"} {
		stages, err := os.ReadDir(filepath.Join(path, kind))
		if err != nil {
			continue
		}
		for _, stage := range stages {
			if file := filepath.Join(path, kind, stage.Name(), checkpointFile); exists(file) {
				files = append(files, file)
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no trained weights (%s)\nname a run directory, a stage's folder in it or a file", path, checkpointFile)
	}
	return files, nil
}

// definitionOf is the definition that a file of weights was made by: that of
// the run directory in which it lies, else the report's.
func definitionOf(file string) string {
	if path := filepath.Join(filepath.Dir(file), "..", "..", definitionFile); filepath.Base(file) == checkpointFile && exists(path) {
		return path
	}
	return "report"
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func printEvaluations(all []*experiments.Evaluation) error {
	encoder := json.NewEncoder(os.Stdout)
	for _, e := range all {
		if err := encoder.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

// showEvaluations prints a row for each file; the columns of accuracies have
// dashes where there is no classifier.
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
		row := table.Row{e.Weights, fmt.Sprintf("%.4f", e.Autoencoder["bce"]),
			fmt.Sprintf("%.4f", e.Autoencoder["l1"]), fmt.Sprintf("%.5f", e.Autoencoder["mse"])}
		for _, p := range protocols {
			if score, measured := e.Classifier[p]; measured {
				row = append(row, score.Mean, score.Accuracy)
			} else {
				row = append(row, "-", "-")
			}
		}
		t.AppendRow(row)
	}
	fmt.Println(t.Render())
	fmt.Printf("On the %d test images of %s, definition %s.\n", all[0].Data.Test, all[0].Data.Title, definition.Name)
	if len(protocols) > 0 {
		fmt.Println("Accuracies in %; AVG: mean over classes, all: share of all images.")
	}
}
