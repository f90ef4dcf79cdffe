package report

import (
	"fmt"
	"strings"

	"aeprobe/internal/words"
)

// provenance is where the numbers come from, and how to make them again.
type provenance struct {
	// Same are the properties that all stages share, and Trained the others of each
	// training.
	Same        []fact
	Trained     *tableBlock
	TrainedText string
	// Many tells that the table of trainings is long.
	Many bool
	// Others are the stages that trained nothing, with their fingerprints.
	Others     *tableBlock
	OthersText string
	Commands   []command
	// File is what to save the definition as.
	File, Definition, Fingerprint string
}

// A command is a line for a terminal, and what it does.
type command struct{ Line, Does string }

// sourceColumns are what is said of each stage.
var sourceColumns = []struct {
	name string
	of   func(*pageMaker, Source) string
}{
	{"data", func(_ *pageMaker, s Source) string { return fmt.Sprintf("%s %.12s", s.Data.Title, s.Data.Fingerprint) }},
	{"device", func(_ *pageMaker, s Source) string { return deviceOf(s) }},
	{"threads", func(_ *pageMaker, s Source) string { return fmt.Sprint(s.MadeWith.Threads) }},
	{"vector instructions", func(_ *pageMaker, s Source) string { return s.MadeWith.CPU }},
	{"libtorch", func(_ *pageMaker, s Source) string { return s.MadeWith.Libtorch }},
	{"gotch", func(_ *pageMaker, s Source) string { return s.MadeWith.Gotch }},
	{"aeprobe", func(_ *pageMaker, s Source) string { return s.MadeWith.Aeprobe }},
}

func (p *pageMaker) provenance(definition string) provenance {
	c := provenance{File: p.Definition + ".yaml", Definition: definition, Fingerprint: string(p.DefinitionFingerprint), Commands: p.commands()}
	sources := p.sources()
	var differ []int
	for i, column := range sourceColumns {
		values := map[string]bool{}
		for _, s := range sources {
			values[column.of(p, s)] = true
		}
		if len(values) > 1 {
			differ = append(differ, i)
		} else if len(sources) > 0 {
			c.Same = append(c.Same, fact{column.name, column.of(p, sources[0])})
		}
	}
	header := tableRow("stage", "epochs", "training time", "images/s")
	header[2].Class, header[3].Class = "num", "num"
	others := tableRow("stage")
	for _, i := range differ {
		header, others = append(header, tableCell{Text: sourceColumns[i].name}), append(others, tableCell{Text: sourceColumns[i].name})
	}
	c.Trained = &tableBlock{Header: append(header, tableCell{Text: "fingerprint"})}
	c.Others = &tableBlock{Header: append(others, tableCell{Text: "fingerprint"})}
	listed := map[string]bool{}
	for _, t := range p.trained() {
		listed[t.Source.Stage] = true
		row := tableRow(t.Source.Stage, "none", "", "")
		if t.Training != nil {
			row = tableRow(t.Source.Stage, fmt.Sprintf("%d of %d", t.Training.Epochs, t.Source.DefinedEpochs), duration(t.Training.Seconds), fmt.Sprintf("%.0f", t.Training.ImagesPerSecond))
		}
		row[2].Class, row[3].Class = "num", "num"
		c.Trained.Rows = append(c.Trained.Rows, p.withSource(row, t.Source, differ))
	}
	for _, s := range sources {
		if s.Stage != "" && !listed[s.Stage] {
			listed[s.Stage] = true
			c.Others.Rows = append(c.Others.Rows, p.withSource(tableRow(s.Stage), s, differ))
		}
	}
	c.TrainedText, c.Many = words.Count(len(c.Trained.Rows), "training"), len(c.Trained.Rows) > 12
	c.OthersText = words.Count(len(c.Others.Rows), "further stage")
	return c
}

func (p *pageMaker) withSource(row []tableCell, s Source, differ []int) []tableCell {
	for _, i := range differ {
		row = append(row, tableCell{Text: sourceColumns[i].of(p, s)})
	}
	return append(row, tableCell{fmt.Sprintf("%.12s", s.Fingerprint), "code"})
}

func tableRow(texts ...string) []tableCell {
	var row []tableCell
	for _, text := range texts {
		row = append(row, tableCell{Text: text})
	}
	return row
}

// duration is seconds as a reader counts them.
func duration(seconds float64) string {
	switch {
	case seconds < 100:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 100*60:
		return fmt.Sprintf("%.0f min", seconds/60)
	default:
		return fmt.Sprintf("%.1f h", seconds/3600)
	}
}

// commands make the run again from the definition, and check it.
func (p *pageMaker) commands() []command {
	file, dir := p.Definition+".yaml", "runs/"+p.Definition
	data := ""
	if strings.HasPrefix(p.Data.Title, "synthetic") && p.definition.Data.Set != "synthetic" {
		data = " --data synthetic"
	}
	flags := ""
	if devices := p.distinct(deviceOf); len(devices) == 1 && !strings.Contains(devices[0], ",") {
		flags += " --device " + devices[0]
	}
	threads := 0
	for _, t := range p.trained() {
		threads = max(threads, t.Source.MadeWith.Threads)
	}
	if threads > 0 {
		flags += fmt.Sprintf(" --threads %d", threads)
	}
	return []command{
		{"aeprobe run " + file + " --out " + dir + flags + data, "trains and measures all of it again; on an unfinished or changed run, what is left to do"},
		{"aeprobe verify " + dir + data, "recomputes every number from weights and data, and compares"},
		{"aeprobe plot " + dir + data, "draws the figures and this page again"},
	}
}
