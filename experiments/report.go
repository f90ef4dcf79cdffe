package experiments

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
)

//go:embed report.html
var reportTemplate string

// reportFile is the run as one page that needs no other file.
const reportFile = "report.html"

// reportPage is what the page shows.
type reportPage struct {
	*Results
	Caption                 []string
	Trained                 []Trained
	Table, AutoencoderTable template.HTML
	Figures                 []reportFigure
	DefinitionYAML          string
}

// reportFigure is a figure in the page.
type reportFigure struct {
	Name string
	// PNG is the image as a data URL.
	PNG template.URL
}

// page is report.html: the results, the figures that are kept in dir, and the
// definition.
func (r *run) page(results *Results) ([]byte, error) {
	page, err := template.New(reportFile).Parse(reportTemplate)
	if err != nil {
		return nil, err
	}
	definition, err := r.definition.YAML()
	if err != nil {
		return nil, err
	}
	figures, err := reportFigures(filepath.Join(r.dir, figuresStageName))
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	// The tables come from go-pretty, which escapes what it is given.
	err = page.Execute(&text, reportPage{
		Results: results, Caption: strings.Split(results.Caption(), "\n"), Trained: results.trained(),
		Table: template.HTML(results.flatTable1().RenderHTML()), AutoencoderTable: template.HTML(results.AutoencoderTable().RenderHTML()),
		Figures: figures, DefinitionYAML: string(definition),
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", reportFile, err)
	}
	return text.Bytes(), nil
}

// reportFigures are the figures of a folder: those with the report's numbers
// first.
func reportFigures(dir string) ([]reportFigure, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil {
		return nil, err
	}
	var numbered, others []reportFigure
	for _, path := range paths {
		png, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		f := reportFigure{Name: strings.TrimSuffix(filepath.Base(path), ".png"),
			PNG: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(png))}
		if strings.HasPrefix(f.Name, "fig") {
			numbered = append(numbered, f)
		} else {
			others = append(others, f)
		}
	}
	return append(numbered, others...), nil
}
