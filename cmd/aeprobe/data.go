package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"aeprobe/config"
	"aeprobe/internal/words"
	"aeprobe/vision"
)

func newData() *cobra.Command {
	var dir string
	var asJSON, files bool
	c := &cobra.Command{
		Use:   "data [SET|DEFINITION]",
		Short: "Get the images, check and describe them",
		Long: `Data reads a data set as aeprobe run would, downloading it if it is not found,
and describes it: whether it is the official one, where it comes from, its
fingerprint, and the number of images of each class.

SET is cifar10 (default), cifar100, svhn, stl10, mnist, fashion_mnist, one of
EMNIST's splits (emnist_balanced, emnist_byclass, emnist_bymerge, emnist_digits,
emnist_letters, emnist_mnist) or synthetic, images that aeprobe draws itself.
Given a DEFINITION, it describes the images as the definition prepares them, and
those that its auto-encoders are trained on instead. A folder of your own images
needs a definition.

CIFAR-10 is searched for in --data, or else in $CIFAR10_DIR, or else in the
cache (${XDG_CACHE_HOME:-~/.cache}/aeprobe/data), and otherwise downloaded to the
cache. An empty CIFAR10_DIR counts as unset. The other sets are found in the same
way, with $CIFAR100_DIR, $SVHN_DIR, $STL10_DIR, $MNIST_DIR, $FASHION_MNIST_DIR and
$EMNIST_DIR. --data synthetic means synthetic images; for a folder of that name,
write --data ./synthetic.`,
		Example: `  aeprobe data
  aeprobe data --data ~/cifar-10-python.tar.gz
  aeprobe data flowers.yaml
  aeprobe data flowers.yaml --files > files.csv
  aeprobe data synthetic --json`,
		Args: arguments(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			definition, err := dataNamed(args, dir)
			if err != nil {
				return err
			}
			if files {
				return listFiles(definition.Data)
			}
			return runData(c.Context(), definition, dir, asJSON)
		},
	}
	c.Flags().StringVar(&dir, "data", "", dataUsage)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&files, "files", false, "print, as CSV, the file of each image of a definition's folder, with its index in predictions.csv")
	return c
}

// dataReport describes a data set.
type dataReport struct {
	Title       string        `json:"title"`
	Origin      vision.Origin `json:"origin"`
	Source      string        `json:"source"`
	Fingerprint string        `json:"fingerprint"`
	// Shape is channels, height and width.
	Shape   [3]int       `json:"shape"`
	Classes []classCount `json:"classes"`
	// Unlabelled is the number of images without a class.
	Unlabelled int `json:"unlabelled,omitempty"`
	// Pretraining are the images that auto-encoders are trained on instead, by their
	// names.
	Pretraining map[string]pretrainingReport `json:"pretraining,omitempty"`
}

// pretrainingReport describes the images that an auto-encoder is trained on.
type pretrainingReport struct {
	Title       string        `json:"title"`
	Origin      vision.Origin `json:"origin"`
	Source      string        `json:"source"`
	Fingerprint string        `json:"fingerprint"`
	Images      int           `json:"images"`
}

// classCount is the number of images of a class.
type classCount struct {
	Class string `json:"class"`
	Train int    `json:"train"`
	Test  int    `json:"test"`
}

// setNamed is the data set that a command's only argument names, cifar10 if it
// has none.
func setNamed(args []string) (string, error) {
	if len(args) == 0 {
		return "cifar10", nil
	}
	if !slices.Contains(vision.Sets(), args[0]) {
		return "", &usageError{fmt.Errorf("there is no data set %q\nuse one of %s, or a definition's file", args[0], strings.Join(vision.Sets(), ", "))}
	}
	return args[0], nil
}

// dataNamed is a definition whose images a command's only argument names: a data
// set, cifar10 if there is no argument, or a definition.
func dataNamed(args []string, dir string) (*config.Definition, error) {
	if len(args) == 0 || slices.Contains(vision.Sets(), args[0]) {
		set, err := setNamed(args)
		return &config.Definition{Data: config.Data{Set: set}}, err
	}
	definition, err := config.LoadAt(args[0], nil, folderOf(dir))
	if there, _ := exists(args[0]); err != nil && !there {
		_, err = setNamed(args)
	}
	return definition, err
}

func runData(ctx context.Context, definition *config.Definition, dir string, asJSON bool) error {
	data, err := openAll(ctx, definition, dir, never("aeprobe data synthetic describes synthetic images"))
	if err == nil {
		err = checkLeaks(ctx, definition, data, newLog())
	}
	if err != nil {
		return err
	}
	report := describeData(data)
	report.Pretraining = describePretraining(definition, data)
	if asJSON {
		return printJSON(report)
	}
	showData(data, report)
	for _, name := range slices.Sorted(maps.Keys(report.Pretraining)) {
		other := report.Pretraining[name]
		fmt.Fprintf(stdout, "\nauto-encoder %s is trained on %s of %s\nread from    %s\nfingerprint  %s\n", name,
			words.Count(other.Images, "image"), other.Title, other.Source, other.Fingerprint)
	}
	return nil
}

func describePretraining(definition *config.Definition, data *vision.Dataset) map[string]pretrainingReport {
	all := map[string]pretrainingReport{}
	for name, a := range definition.Autoencoders {
		if a.Data != nil {
			d := data.Pretraining[a.Data.Key()]
			all[name] = pretrainingReport{d.Title(), d.Origin, d.Source, d.Fingerprint, d.Train.Len()}
		}
	}
	return all
}

// listFiles prints which file each image of a folder is. A definition that asks for
// the first images has these alone.
func listFiles(d config.Data) error {
	if d.Folder == nil {
		return &usageError{errors.New("--files is for a definition with a folder of images\nname one, as in aeprobe data flowers.yaml --files")}
	}
	train, test := d.Sizes()
	w := csv.NewWriter(stdout)
	_ = w.Write([]string{"split", "index", "class", "file"}) // Error has it
	for _, part := range []struct {
		split  string
		images []config.FolderImage
	}{{"train", d.Folder.Train[:train]}, {"test", d.Folder.Test[:test]}} {
		for i, image := range part.images {
			_ = w.Write([]string{part.split, strconv.Itoa(i), d.Folder.Classes[image.Class], image.File})
		}
	}
	w.Flush()
	return w.Error()
}

// showData prints a data set's description.
func showData(data *vision.Dataset, report dataReport) {
	fmt.Fprintf(stdout, "%s\n\nread from    %s\nfingerprint  %s\nimages       [%d, %d, %d], 8 bits\n\n", report.Title, report.Source,
		report.Fingerprint, report.Shape[0], report.Shape[1], report.Shape[2])
	t := newTable("class", "training", "test")
	for _, c := range report.Classes {
		t.AppendRow(table.Row{c.Class, c.Train, c.Test})
	}
	t.AppendSeparator()
	t.AppendRow(table.Row{"all", data.Train.Len(), data.Test.Len()})
	fmt.Fprintln(stdout, t.Render())
	if report.Unlabelled > 0 {
		fmt.Fprintf(stdout, "%s without a class\n", words.Count(report.Unlabelled, "image"))
	}
}

func describeData(d *vision.Dataset) dataReport {
	report := dataReport{Title: d.Title(), Origin: d.Origin, Source: d.Source, Fingerprint: d.Fingerprint, Shape: d.Shape}
	for _, class := range d.Classes {
		report.Classes = append(report.Classes, classCount{Class: class})
	}
	count := func(labels []byte, in func(*classCount) *int) {
		for _, label := range labels {
			if label == vision.NoLabel {
				report.Unlabelled++
				continue
			}
			*in(&report.Classes[label])++
		}
	}
	count(d.Train.Labels, func(c *classCount) *int { return &c.Train })
	count(d.Test.Labels, func(c *classCount) *int { return &c.Test })
	report.Unlabelled += d.Unlabelled.Len()
	return report
}

// printJSON prints v, indented.
func printJSON(v any) error {
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// newTable makes a table whose columns are aligned right, except the first.
func newTable(columns ...string) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	header := table.Row{}
	configs := []table.ColumnConfig{}
	for i, name := range columns {
		header = append(header, name)
		if i > 0 {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	return t
}
