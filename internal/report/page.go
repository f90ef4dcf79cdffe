package report

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"strings"

	"aeprobe/config"
)

// The page is for a reader who did not make the run: the question and its answer
// first, then the numbers, then where they come from. The rules:
//
//   - It is one file that needs no other, no network and no script: scripts only add
//     what a pointer or a key can ask for.
//   - The same results and files of a run give the same bytes, for verify.
//   - A note that belongs to all numbers stands once, at the top, and one that belongs
//     to several tables at the head of their section.
//   - Text from a definition is escaped by html/template; nothing else writes HTML.

// PageFile is the run as one page that needs no other file.
const PageFile = "report.html"

// PageBytes is about how large a page gets at most.
const PageBytes = 5_000_000

//go:embed page
var pageFiles embed.FS

// pageContent is what the page shows.
type pageContent struct {
	Title, Description string
	Answer             answer
	Facts              []fact
	Notes              []string
	Sections           []pageSection
	Provenance         provenance
	Style              template.CSS
	Script             template.JS
	// Sheet is the images behind the points of the scatter plots; nil without.
	Sheet *imageSheet
}

// EachPresentation calls f with every file that shows the results, and its
// content. The run directory dir was made from the definition; the page shows the
// figures, the course of the trainings and the features that are kept in it.
func (r *Results) EachPresentation(definition *config.Definition, dir string, f func(name string, text []byte) error) error {
	if len(r.StudyTables()) > 0 {
		if err := f(StudyFile, r.studyMarkdown()); err != nil {
			return err
		}
	}
	if err := errors.Join(f(CSVFile, r.csv()), f(MarkdownFile, r.markdown())); err != nil {
		return err
	}
	page, err := r.page(definition, dir)
	if err != nil {
		return err
	}
	return f(PageFile, page)
}

// page is report.html.
func (r *Results) page(definition *config.Definition, dir string) ([]byte, error) {
	text, err := definition.YAML()
	if err != nil {
		return nil, err
	}
	if r.Layout < 2 {
		return r.earlierPage(text, dir)
	}
	p := &pageMaker{Results: r, definition: definition, dir: dir}
	content, err := p.content(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", PageFile, err)
	}
	pieces, err := template.ParseFS(pageFiles, "page/*.html")
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := pieces.ExecuteTemplate(&page, "page.html", content); err != nil {
		return nil, fmt.Errorf("%s: %w", PageFile, err)
	}
	return page.Bytes(), nil
}

// A pageMaker makes the page of the results of a run directory.
type pageMaker struct {
	*Results
	definition *config.Definition
	dir        string
	// files are the figures that the run directory has, by name, as SVG.
	files map[string][]byte
	sheet *imageSheet
	// fileBytes is the size of the figures shown so far, and leftOut how many there is
	// no room for.
	fileBytes, leftOut int
	// figures and tables count those that have a number.
	figures, tables int
}

func (p *pageMaker) content(definition string) (*pageContent, error) {
	var err error
	if p.files, err = readFigures(p.dir); err != nil {
		return nil, err
	}
	if p.sheet, err = readSheet(p.dir, p.Data.Train); err != nil {
		return nil, err
	}
	c := &pageContent{Title: p.Definition + " on " + p.Data.Title, Description: p.definition.Description, Facts: p.facts(), Notes: p.notes(), Sheet: p.sheet}
	if c.Answer, err = p.answer(); err != nil {
		return nil, err
	}
	for _, section := range []func() (*pageSection, error){
		p.accuracySection, p.studySection, p.reconstructionSection, p.featureSection, p.trainingSection, p.confusionSection, p.otherSection,
	} {
		s, err := section()
		if err != nil {
			return nil, err
		}
		if len(s.Blocks) > 0 || s.ID == "network" && len(s.Intro) > 0 {
			c.Sections = append(c.Sections, *s)
		}
	}
	c.Provenance = p.provenance(definition)
	style, err := pieces("page/*.css")
	if err != nil {
		return nil, err
	}
	script, err := pieces("page/*.js")
	c.Style, c.Script = template.CSS(style), template.JS(script)
	return c, err
}

// pieces are the page's own files of that pattern, in the order of their names.
func pieces(pattern string) (string, error) {
	var all strings.Builder
	files, err := pageFiles.ReadDir("page")
	if err != nil {
		return "", err
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), strings.TrimPrefix(pattern, "page/*")) {
			continue
		}
		text, err := pageFiles.ReadFile("page/" + file.Name())
		if err != nil {
			return "", err
		}
		all.Write(text)
	}
	return all.String(), nil
}
