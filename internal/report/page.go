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

//go:embed report.html
var reportTemplate string

// PageFile is the run as one page that needs no other file.
const PageFile = "report.html"

// reportPage is what the page shows.
type reportPage struct {
	*Results
	Caption                 []string
	Trained                 []Trained
	Table, AutoencoderTable template.HTML
	// AggregationTable is empty without aggregations.
	AggregationTable template.HTML
	Study            []pageTable
	Figures          []reportFigure
	DefinitionYAML   string
}

// pageTable is a table of a study in the page.
type pageTable struct {
	Title   string
	Table   template.HTML
	Caption []string
}

// reportFigure is a figure in the page.
type reportFigure struct {
	Name string
	// PNG is the image as a data URL.
	PNG template.URL
}

// EachPresentation calls f with every file that shows the results, and its
// content. definition is the definition's YAML; the page shows the figures of
// figuresDir.
func (r *Results) EachPresentation(definition []byte, figuresDir string, f func(name string, text []byte) error) error {
	page, err := r.page(definition, figuresDir)
	if err != nil {
		return err
	}
	if len(r.StudyTables()) > 0 {
		if err := f(StudyFile, r.studyMarkdown()); err != nil {
			return err
		}
	}
	return errors.Join(f(CSVFile, r.csv()), f(MarkdownFile, r.markdown()), f(PageFile, page))
}

// page is report.html.
func (r *Results) page(definition []byte, figuresDir string) ([]byte, error) {
	page, err := template.New(PageFile).Parse(reportTemplate)
	if err != nil {
		return nil, err
	}
	figures, err := reportFigures(figuresDir)
	if err != nil {
		return nil, err
	}
	var study []pageTable
	for _, t := range r.StudyTables() {
		study = append(study, pageTable{t.Title, template.HTML(t.RenderHTML()), strings.Split(t.Caption, "\n")})
	}
	var aggregations template.HTML
	if len(r.Aggregations) > 0 {
		aggregations = template.HTML(r.AggregationTable().RenderHTML())
	}
	var text bytes.Buffer
	// The tables come from go-pretty, which escapes what it is given.
	err = page.Execute(&text, reportPage{
		Results: r, Caption: strings.Split(r.Caption(), "\n"), Trained: r.trained(),
		Table: template.HTML(r.flatTable1().RenderHTML()), AutoencoderTable: template.HTML(r.AutoencoderTable().RenderHTML()),
		AggregationTable: aggregations, Study: study, Figures: figures, DefinitionYAML: string(definition),
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", PageFile, err)
	}
	return text.Bytes(), nil
}

// reportFigures are the figures that a stage's result names: those with the
// report's numbers first.
func reportFigures(dir string) ([]reportFigure, error) {
	result, err := stages.ReadResult(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var numbered, others []reportFigure
	for _, file := range slices.Sorted(maps.Keys(result.Files)) {
		name, isPNG := strings.CutSuffix(file, ".png")
		if !isPNG {
			continue
		}
		png, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return nil, err
		}
		f := reportFigure{Name: name, PNG: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))}
		if strings.HasPrefix(name, "fig") {
			numbered = append(numbered, f)
		} else {
			others = append(others, f)
		}
	}
	return append(numbered, others...), nil
}
