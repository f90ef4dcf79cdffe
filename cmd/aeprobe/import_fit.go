package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/export"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// fit is what a file holds of a definition's networks.
type fit struct {
	definitions []string // those with the same networks
	parts       string
	linear      bool // whether a classifier's linear layer is among them
	notes       []string
}

// candidates are the parts that a file may hold, most first.
var candidates = []struct {
	name  string
	parts []string
}{
	{"auto-encoder and classifier", []string{config.Encoder, config.Decoder, config.Head}},
	{"auto-encoder", []string{config.Encoder, config.Decoder}},
	{"encoder and classifier", []string{config.Encoder, config.Head}},
	{"encoder", []string{config.Encoder}},
}

// fitsOf are the definitions whose networks a file holds; nearest says why the last
// one is none.
func fitsOf(ctx context.Context, source *weights.Source, definitions []*config.Definition) (fits []fit, nearest, err error) {
	var tried []config.Model
	var found []int // the fit of each model tried, -1 for none
	for _, d := range definitions {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if at := slices.IndexFunc(tried, func(m config.Model) bool { return reflect.DeepEqual(m, d.Model) }); at >= 0 {
			if found[at] >= 0 {
				fits[found[at]].definitions = append(fits[found[at]].definitions, d.Name)
			}
			continue
		}
		f, err := fitOf(source, d)
		mismatch := new(weights.MismatchError)
		switch {
		case err == nil:
			f.definitions = []string{d.Name}
			fits = append(fits, *f)
			found = append(found, len(fits)-1)
		case errors.As(err, &mismatch):
			nearest = err
			found = append(found, -1)
		default:
			return nil, nil, err
		}
		tried = append(tried, d.Model)
	}
	return fits, nearest, nil
}

// fitOf finds the parts of a definition's networks in a file, under our names or a
// published ResNet's.
func fitOf(source *weights.Source, d *config.Definition) (*fit, error) {
	set, _ := d.Data.Describe()
	n := export.Network{Model: d.Model, Image: set.Image, Classes: len(set.Classes)}
	specs := n.Specs()
	var wanted []map[string]weights.Spec
	var candidate []int // of each wanted
	for i, c := range candidates {
		var parameters []models.Parameter
		mine := map[string]weights.Spec{}
		for name, spec := range specs {
			if part, _, _ := strings.Cut(name, "."); slices.Contains(c.parts, part) {
				mine[name] = spec
				parameters = append(parameters, models.Parameter{Name: name})
			}
		}
		wanted, candidate = append(wanted, mine), append(candidate, i)
		for _, standard := range models.StandardNames(d.Model, parameters) {
			theirs := map[string]weights.Spec{}
			for j, p := range standard {
				theirs[p.Name] = specs[parameters[j].Name]
			}
			wanted, candidate = append(wanted, theirs), append(candidate, i)
		}
	}
	f, at, err := source.Fit(wanted...)
	if err != nil {
		return nil, err
	}
	c := candidates[candidate[at]]
	return &fit{parts: c.name, linear: slices.Contains(c.parts, config.Head), notes: f.Notes}, nil
}

// showFits says what fits, and prints how a definition starts from the file.
func showFits(path string, fits []fit) {
	for _, f := range fits {
		fmt.Fprintf(stdout, "It is the %s of %s.\n", f.parts, strings.Join(f.definitions, ", "))
		for _, note := range f.notes {
			fmt.Fprintf(stdout, "  %s\n", note)
		}
	}
	f := fits[0]
	linear := ""
	if f.linear {
		linear = "linear: theirs, "
	}
	fmt.Fprintf(stdout, `
A definition that starts from it:

base: %s
files:
  theirs: {path: %s}
classifiers:
  theirs_frozen: {encoder: theirs, %sfreeze: true}
  theirs_tuned: {encoder: theirs, %sfreeze: false}
`, cmp.Or(f.definitions[0], "report"), yamlText(path), linear, linear)
}
