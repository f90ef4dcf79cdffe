package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aeprobe/internal/stages"
)

// This file makes the page of results that earlier versions wrote, byte for byte, so
// that their runs go on verifying. Nothing is added here: page.go has today's.

//go:embed earlier.html
var earlierTemplate string

// earlierContent is what the page shows.
type earlierContent struct {
	*Results
	Caption                 []string
	Trained                 []Trained
	Table, AutoencoderTable template.HTML
	// AggregationTable is empty without aggregations.
	AggregationTable template.HTML
	Study            []earlierTable
	Figures          []earlierFigure
	DefinitionYAML   string
}

// earlierTable is a table of a study in the page.
type earlierTable struct {
	Title   string
	Table   template.HTML
	Caption []string
}

// earlierFigure is a figure in the page.
type earlierFigure struct {
	Name string
	// PNG is the image as a data URL.
	PNG template.URL
}

// earlierPage is report.html of layouts 0 and 1, from the run directory dir.
func (r *Results) earlierPage(definition []byte, dir string) ([]byte, error) {
	page, err := template.New(PageFile).Parse(earlierTemplate)
	if err != nil {
		return nil, err
	}
	figures, err := earlierFigures(filepath.Join(dir, FiguresFolder))
	if err != nil {
		return nil, err
	}
	var study []earlierTable
	for _, t := range r.StudyTables() {
		study = append(study, earlierTable{t.Title, template.HTML(t.RenderHTML()), strings.Split(t.Caption, "\n")})
	}
	var aggregations template.HTML
	if len(r.Aggregations) > 0 {
		aggregations = template.HTML(r.AggregationTable().RenderHTML())
	}
	var text bytes.Buffer
	// The tables come from go-pretty, which escapes what it is given.
	err = page.Execute(&text, earlierContent{
		Results: r, Caption: strings.Split(r.Caption(), "\n"), Trained: r.trained(),
		Table: template.HTML(r.flatTable1().RenderHTML()), AutoencoderTable: template.HTML(r.AutoencoderTable().RenderHTML()),
		AggregationTable: aggregations, Study: study, Figures: figures, DefinitionYAML: string(definition),
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", PageFile, err)
	}
	return text.Bytes(), nil
}

// earlierFigures are the figures that a stage's result names: those with the
// report's numbers first.
func earlierFigures(dir string) ([]earlierFigure, error) {
	result, err := stages.ReadResult(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var numbered, others []earlierFigure
	for _, file := range slices.Sorted(maps.Keys(result.Files)) {
		name, isPNG := strings.CutSuffix(file, ".png")
		if !isPNG {
			continue
		}
		png, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return nil, err
		}
		f := earlierFigure{Name: name, PNG: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))}
		if strings.HasPrefix(name, "fig") {
			numbered = append(numbered, f)
		} else {
			others = append(others, f)
		}
	}
	return append(numbered, others...), nil
}
