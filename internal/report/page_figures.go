package report

import (
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aeprobe/internal/stages"
	"aeprobe/internal/words"
)

// FiguresFolder holds the figures, in the run directory.
const FiguresFolder = "figures"

// fileFigure is a figure that the run directory has as a file. The page itself draws
// curves, scatter plots and confusion matrices.
type fileFigure struct {
	// Source is the image as a data URL.
	Source template.URL
	// Alt says what there is to see, for whoever does not see it.
	Alt string
	// Width and Height are the image's, so that nothing moves while it loads.
	Width, Height int
}

// readFigures reads the figures that a stage's result names, as SVG; files that
// somebody added are not among them.
func readFigures(dir string) (map[string][]byte, error) {
	dir = filepath.Join(dir, FiguresFolder)
	result, err := stages.ReadResult(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	figures := map[string][]byte{}
	for _, file := range slices.Sorted(maps.Keys(result.Files)) {
		name, isSVG := strings.CutSuffix(file, ".svg")
		if !isSVG || drawnByThePage(name) {
			continue
		}
		if figures[name], err = os.ReadFile(filepath.Join(dir, file)); err != nil {
			return nil, err
		}
	}
	return figures, nil
}

// numberedName is a figure that has its number in the report.
var numberedName = regexp.MustCompile(`^fig[0-9]+-`)

// kindOf parts a figure's name: what kind it is of, and what it is about, if
// there are several of the kind.
func kindOf(name string) (kind, of string) {
	name = numberedName.ReplaceAllString(name, "")
	for _, known := range slices.Sorted(maps.Keys(captions)) {
		if rest, is := strings.CutPrefix(name, known); is && (rest == "" || rest[0] == '-') && len(known) > len(kind) {
			kind, of = known, strings.TrimPrefix(rest, "-")
		}
	}
	if kind == "" {
		return name, ""
	}
	return kind, of
}

// fileFigures are the blocks of all figures of the given kinds.
func (p *pageMaker) fileFigures(kinds ...string) []block {
	var blocks []block
	for _, kind := range kinds {
		for _, name := range slices.Sorted(maps.Keys(p.files)) {
			if k, of := kindOf(name); k == kind && p.fits(name) {
				blocks = append(blocks, p.fileFigure(name, p.caption(kind, of)))
			}
		}
	}
	return blocks
}

// figureRoom is how many bytes of files a page shows at most: with base64, half of the
// five megabytes that it may have.
const figureRoom = 1_800_000

// fits tells whether there is room left for a figure, and takes it.
func (p *pageMaker) fits(name string) bool {
	if p.fileBytes+len(p.files[name]) > figureRoom {
		p.leftOut++
		return false
	}
	p.fileBytes += len(p.files[name])
	return true
}

// otherSection has the figures that no other section shows, and says how many there
// was no room for.
func (p *pageMaker) otherSection() (*pageSection, error) {
	s := &pageSection{ID: "network", Title: "The network", Blocks: p.fileFigures("architecture")}
	var others []block
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		if kind, _ := kindOf(name); captions[kind] == nil && p.fits(name) {
			others = append(others, p.fileFigure(name, figureCaption{title: sentenceCase(strings.ReplaceAll(kind, "-", " ")), alt: "A figure of the run."}))
		}
	}
	if len(others) > 0 {
		s.Title, s.Blocks = "The network, and further figures", append(s.Blocks, others...)
	}
	if p.leftOut > 0 {
		s.Intro = []string{words.Count(p.leftOut, "further figure") + " would make this page too large; the run's folder of figures has them."}
	}
	return s, nil
}

func (p *pageMaker) fileFigure(name string, c figureCaption) block {
	svg := p.files[name]
	width, height := sizeOf(svg)
	return p.numbered(block{Title: c.title, Text: c.text, Figure: &fileFigure{
		Source: template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(svg)),
		Alt:    c.alt, Width: width, Height: height,
	}})
}

var viewBox = regexp.MustCompile(`viewBox="0 0 ([0-9.]+) ([0-9.]+)"`)

// sizeOf is the size of a figure in points, as pixels of 96 to the inch; 0 if the file
// does not say it.
func sizeOf(svg []byte) (width, height int) {
	found := viewBox.FindSubmatch(svg[:min(len(svg), 1000)])
	if found == nil {
		return 0, 0
	}
	pixels := func(points []byte) int {
		x, _ := strconv.ParseFloat(string(points), 64)
		return int(x*96/72 + 0.5)
	}
	return pixels(found[1]), pixels(found[2])
}

// nameInFigures is how a figure's name spells the name of a network.
func nameInFigures(name string) string { return strings.ReplaceAll(name, "_", "-") }

// ofNetwork is the network that a figure is about, as the definition spells it.
func (p *pageMaker) ofNetwork(of string) string {
	for _, c := range p.Classifiers {
		if nameInFigures(c.Name) == of {
			return c.Name
		}
	}
	for encoder := range p.Features {
		if nameInFigures(encoder) == of {
			return encoder
		}
	}
	return of
}

// about is the caption's last sentence: the data, how many images, which seeds.
func (p *pageMaker) about(what string) string {
	if len(p.Repeats) > 0 {
		return fmt.Sprintf("%s; seeds %s.", what, p.seeds())
	}
	return fmt.Sprintf("%s; seed %d.", what, p.Seed)
}
