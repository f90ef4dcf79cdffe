package sweep

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"

	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/stats"
	"aeprobe/internal/words"
)

// confidence of all intervals.
const confidence = 0.95

// Collected is what a sweep found so far. It depends on nothing but the runs that
// are done.
type Collected struct {
	Sweep      string          `json:"sweep"`
	Definition string          `json:"definition"`
	Data       stages.DataUsed `json:"data"`
	Fields     []string        `json:"fields"`
	Counts     map[State]int   `json:"counts"`
	// Missing are the runs that are not done: numbers and ranges by state.
	Missing  map[State]string `json:"missing,omitempty"`
	Warnings []string         `json:"warnings,omitempty"`
	Measures []Measure        `json:"measures"`
	Groups   []Group          `json:"groups"`
	Verdicts []Verdict        `json:"verdicts,omitempty"`
	// Untold says why there are no verdicts, or not all.
	Untold  string   `json:"untold,omitempty"`
	Choices []Choice `json:"choices,omitempty"`

	repeats []repeat
}

// A Group is the runs that differ in nothing but the seed.
type Group struct {
	Overrides Overrides `json:"overrides"`
	Runs      string    `json:"runs"`
	Seeds     []uint64  `json:"seeds"`
	// Values are by a measure's name.
	Values map[string]Mean `json:"values"`

	// runs are all of the group's, repeats those of its distinct seeds.
	runs    []int
	repeats []repeat
}

// A Mean is over the seeds of a group.
type Mean struct {
	stats.Summary
	// Over says what Interval is over: seeds, or test images where there is one seed.
	Over string `json:"over,omitempty"`
	// Diverged counts values that are not finite and left out.
	Diverged int `json:"diverged,omitempty"`
}

// Collect reads the results of all runs that are done. reference numbers the run
// whose group the others are compared with.
func (s *Sweep) Collect(reference int) (*Collected, error) {
	status, err := s.Status()
	if err != nil {
		return nil, err
	}
	c := &Collected{Sweep: s.ID, Fields: s.Fields, Counts: status.Counts, Missing: map[State]string{}}
	byState := map[State][]int{}
	machines, warnings := map[string]bool{}, map[string]bool{}
	for _, one := range status.Runs {
		if one.State != Done {
			byState[one.State] = append(byState[one.State], one.Number)
			continue
		}
		results, err := report.ReadResults(s.Folder(one.Run))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("run %d is done, but %s lacks %s\nremove %s and run it again", one.Number, s.Folder(one.Run), report.ResultsFile, s.outcomeFile(one.Run))
		}
		if err != nil {
			return nil, err
		}
		c.Definition, c.Data = results.Definition, results.Data
		for _, w := range results.Warnings {
			warnings[w] = true
		}
		for _, a := range results.Classifiers {
			m := a.Source.MadeWith
			machines[fmt.Sprintf("%s, %s, libtorch %s", m.Device, m.CPU, m.Libtorch)] = true
		}
		c.repeats = append(c.repeats, repeatsOf(one.Run, s.Folder(one.Run), results)...)
	}
	for state, numbers := range byState {
		c.Missing[state] = formatNumbers(numbers)
	}
	c.Warnings = sortedKeys(warnings)
	if len(machines) > 1 {
		c.Warnings = append(c.Warnings, fmt.Sprintf("runs were computed on different machinery: %q", sortedKeys(machines)))
	}
	base, err := os.ReadFile(s.BasePath())
	if err != nil {
		return nil, err
	}
	defaults, err := valuesIn(base, s.Fields)
	if err != nil {
		return nil, err
	}
	c.group(defaults)
	c.measure()
	c.choose()
	return c, c.compare(s, reference)
}

// group puts runs together that differ in the seed alone, in the order of their
// first run. Fields that a run leaves out have the base's values. A seed counts once:
// definitions with seeds: of their own may have it in several runs.
func (c *Collected) group(defaults Overrides) {
	place, again := map[string]int{}, 0
	for _, p := range c.repeats {
		rest := p.run.Overrides.or(defaults).without(seedKey)
		key := rest.String()
		i, has := place[key]
		if !has {
			i = len(c.Groups)
			place[key] = i
			c.Groups = append(c.Groups, Group{Overrides: rest, Values: map[string]Mean{}})
		}
		g := &c.Groups[i]
		if !slices.Contains(g.runs, p.run.Number) {
			g.runs = append(g.runs, p.run.Number)
		}
		if slices.Contains(g.Seeds, p.seed) {
			again++
			continue
		}
		g.repeats = append(g.repeats, p)
		g.Seeds = append(g.Seeds, p.seed)
	}
	for i := range c.Groups {
		c.Groups[i].Runs = formatNumbers(c.Groups[i].runs)
	}
	if again > 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s of the same group in more than one run: each counts once", words.Count(again, "seed")))
	}
}

// measure summarizes every measure of every group.
func (c *Collected) measure() {
	known := map[string]bool{}
	for i := range c.Groups {
		g := &c.Groups[i]
		byName := map[string][]value{}
		for _, p := range g.repeats {
			for _, v := range p.values {
				if !known[v.Name] {
					known[v.Name] = true
					c.Measures = append(c.Measures, v.Measure)
				}
				byName[v.Name] = append(byName[v.Name], v)
			}
		}
		for name, values := range byName {
			g.Values[name] = summarize(values)
		}
	}
}

// summarize is the mean over seeds. The interval of a single accuracy is over the
// test images.
func summarize(values []value) Mean {
	var m Mean
	var finite []float64
	for _, v := range values {
		if math.IsNaN(v.x) || math.IsInf(v.x, 0) {
			m.Diverged++
			continue
		}
		finite = append(finite, v.x)
	}
	if len(finite) == 0 {
		return m
	}
	m.Summary, _ = stats.Summarize(finite, confidence) // fails for none, or none finite
	if m.Interval != nil {
		m.Over = "seeds"
	} else if v := values[0]; len(values) == 1 && v.images > 0 {
		w := stats.Wilson(v.correct, v.images, confidence)
		m.Interval, m.Over = &stats.Interval{Low: 100 * w.Low, High: 100 * w.High}, "test images"
	}
	return m
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
