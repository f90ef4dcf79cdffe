package sweep

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"html/template"
	"slices"
	"strconv"

	"aeprobe/internal/atomicfile"
	"aeprobe/internal/stages"
)

// Files that collect writes, each atomically and with the same bytes for the same
// runs.
const (
	JSONFile    = "collected.json"
	GroupsFile  = "collected.csv"
	RepeatsFile = "collected-runs.csv"
	PageFile    = "collected.html"
)

//go:embed page.html
var pageTemplate string

// Write writes all files of what was collected into the sweep's folder. It waits for who
// plans, submits or writes there.
func (c *Collected) Write(s *Sweep) error {
	page, err := c.page()
	if err != nil {
		return err
	}
	groups, err := c.groupsCSV()
	if err != nil {
		return err
	}
	repeats, err := c.repeatsCSV()
	if err != nil {
		return err
	}
	unlock, err := waitForFolder(s.Dir)
	if err != nil {
		return err
	}
	defer unlock()
	for name, text := range map[string][]byte{PageFile: page, GroupsFile: groups, RepeatsFile: repeats} {
		if err := atomicfile.WriteBytes(s.Join(name), text); err != nil {
			return err
		}
	}
	return stages.WriteJSON(s.Join(JSONFile), c)
}

// groupsCSV has a line for each group and measure.
func (c *Collected) groupsCSV() ([]byte, error) {
	fields := c.otherFields()
	rows := [][]string{slices.Concat(fields, []string{"measure", "unit", "images", "n", "mean", "deviation", "low", "high", "interval_over", "diverged"})}
	for _, g := range c.Groups {
		var at []string
		for _, key := range fields {
			at = append(at, Show(g.Overrides[key]))
		}
		for _, m := range c.Measures {
			v, has := g.Values[m.Name]
			if !has {
				continue
			}
			row := slices.Concat(at, []string{m.Name, m.Unit, string(m.Side), strconv.Itoa(v.N), "", "", "", "", v.Over, strconv.Itoa(v.Diverged)})
			numbers := row[len(at)+4:]
			if v.N > 0 {
				numbers[0] = number(v.Mean)
			}
			if v.Deviation != nil {
				numbers[1] = number(*v.Deviation)
			}
			if v.Interval != nil {
				numbers[2], numbers[3] = number(v.Interval.Low), number(v.Interval.High)
			}
			rows = append(rows, row)
		}
	}
	return encode(rows)
}

// repeatsCSV has a line for each run and seed.
func (c *Collected) repeatsCSV() ([]byte, error) {
	fields := c.otherFields()
	header := slices.Concat([]string{"run"}, fields, []string{seedKey})
	for _, m := range c.Measures {
		header = append(header, m.Name)
	}
	rows := [][]string{header}
	for _, p := range c.repeats {
		row := []string{strconv.Itoa(p.run.Number)}
		for _, key := range fields {
			row = append(row, Show(p.run.Overrides[key]))
		}
		row = append(row, strconv.FormatUint(p.seed, 10))
		values := map[string]float64{}
		for _, v := range p.values {
			values[v.Name] = v.x
		}
		for _, m := range c.Measures {
			text := ""
			if x, has := values[m.Name]; has {
				text = number(x)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return encode(rows)
}

// otherFields are the swept fields that groups differ in.
func (c *Collected) otherFields() []string {
	return slices.DeleteFunc(slices.Clone(c.Fields), func(key string) bool { return key == seedKey })
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func encode(rows [][]string) ([]byte, error) {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	err := w.WriteAll(rows)
	return text.Bytes(), err
}

// page is the sweep as one page that needs no other file.
func (c *Collected) page() ([]byte, error) {
	t, err := template.New(PageFile).Parse(pageTemplate)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := t.Execute(&text, struct {
		*Collected
		Others []string
	}{c, c.otherFields()}); err != nil {
		return nil, fmt.Errorf("%s: %w", PageFile, err)
	}
	return text.Bytes(), nil
}
