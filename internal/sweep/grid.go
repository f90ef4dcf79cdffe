package sweep

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"aeprobe/config"
)

// A Grid is what a grid file asks for.
type Grid struct {
	// Base is a definition's name or path; a path is relative to the grid file.
	Base string
	// Set overrides keys of the base in all runs.
	Set Overrides
	// Fields are swept, all combinations of their values, the last the fastest.
	Fields []Field
	// Runs are further runs, each with its own overrides.
	Runs []Overrides
	Settings

	file string
	// lines are where set and fields are, runLines where the keys of each of Runs are.
	lines    map[string]*yaml.Node
	runLines []map[string]*yaml.Node
}

// A Field is a key of the definition and the values it takes, as JSON.
type Field struct {
	Key    string
	Values []json.RawMessage
}

// Settings say how and with what all runs of a sweep are computed.
type Settings struct {
	// Keep is results, the default, or everything.
	Keep string `yaml:"keep"`
	// Device is auto, cpu, cuda.
	Device string `yaml:"device"`
	// Threads of a run; 0 stands for 1.
	Threads int `yaml:"threads"`
	// Capability is the value of ATEN_CPU_CAPABILITY; empty for the planning
	// machine's.
	Capability string `yaml:"cpu_capability"`
	// Data is a folder or an archive, or synthetic; empty for what is found.
	Data string `yaml:"data"`
	// Autograd keeps to libtorch's autograd.
	Autograd bool `yaml:"autograd"`
}

// maxRuns of a sweep; a folder of more serves nobody.
const maxRuns = 1_000_000

// ReadGrid reads a grid file. A wrong one gives a *config.Error.
func ReadGrid(path string) (*Grid, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseGrid(path, text)
}

func parseGrid(path string, text []byte) (*Grid, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, &config.Error{Problems: []config.Problem{{File: path, Message: strings.TrimPrefix(err.Error(), "yaml: ")}}}
	}
	r := &gridReader{grid: &Grid{file: path, lines: map[string]*yaml.Node{}, Set: Overrides{}, Settings: Settings{Keep: "results", Device: "auto", Threads: 1}}}
	if len(document.Content) == 0 || document.Content[0].Kind != yaml.MappingNode {
		r.add(&yaml.Node{Line: 1, Column: 1}, "", "expected base:, and sweep: or runs:", "")
		return nil, &config.Error{Problems: r.problems}
	}
	r.read(document.Content[0])
	if len(r.problems) == 0 {
		r.check(document.Content[0])
	}
	if len(r.problems) > 0 {
		return nil, &config.Error{Problems: r.problems}
	}
	return r.grid, nil
}

// gridReader turns YAML into a Grid, and says what is wrong with its place.
type gridReader struct {
	grid     *Grid
	problems []config.Problem
}

func (r *gridReader) add(at *yaml.Node, key, message, hint string) {
	r.problems = append(r.problems, config.Problem{File: r.grid.file, Line: at.Line, Column: at.Column, Key: key, Message: message, Hint: hint})
}

var gridKeys = []string{"base", "set", "sweep", "runs", "keep", "device", "threads", "cpu_capability", "data", "autograd"}

func (r *gridReader) read(root *yaml.Node) {
	g := r.grid
	r.eachEntry(root, "", func(key string, at, value *yaml.Node) {
		switch key {
		case "base":
			r.decode(value, key, &g.Base)
		case "set":
			g.Set = r.overrides(value, key, g.lines)
		case "sweep":
			r.fields(value)
		case "runs":
			r.runs(value)
		case "keep":
			r.decode(value, key, &g.Keep)
		case "device":
			r.decode(value, key, &g.Device)
		case "threads":
			r.decode(value, key, &g.Threads)
		case "cpu_capability":
			r.decode(value, key, &g.Capability)
		case "data":
			r.decode(value, key, &g.Data)
		case "autograd":
			r.decode(value, key, &g.Autograd)
		default:
			r.add(at, key, "unknown key", "expected one of "+strings.Join(gridKeys, ", "))
		}
	})
}

// eachEntry calls f with each entry of a mapping.
func (r *gridReader) eachEntry(node *yaml.Node, key string, f func(key string, at, value *yaml.Node)) {
	if node.Kind != yaml.MappingNode {
		r.add(node, key, "expected a mapping of keys to values", "")
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		at := node.Content[i]
		if line, twice := seen[at.Value]; twice {
			r.add(at, at.Value, fmt.Sprintf("duplicate key, first set on line %d", line), "")
			continue
		}
		seen[at.Value] = at.Line
		f(at.Value, at, node.Content[i+1])
	}
}

func (r *gridReader) decode(node *yaml.Node, key string, into any) {
	if err := node.Decode(into); err != nil {
		r.add(node, key, fmt.Sprintf("found %q, expected another type", node.Value), "")
	}
}

func (r *gridReader) fields(node *yaml.Node) {
	r.eachEntry(node, "sweep", func(key string, at, value *yaml.Node) {
		r.grid.lines[key] = at
		f := Field{Key: key}
		switch {
		case value.Kind == yaml.SequenceNode && len(value.Content) > 0:
			for _, item := range value.Content {
				if v := r.value(item, key); v != nil {
					f.Values = append(f.Values, v)
				}
			}
		case value.Kind == yaml.ScalarNode && rangeForm.MatchString(value.Value):
			values, err := expandRange(value.Value)
			if err != nil {
				r.add(value, key, err.Error(), "")
			}
			f.Values = values
		default:
			r.add(value, key, "expected a list of values, or a range such as 1..10 or 10..50..10", "a key with one value belongs under set:")
		}
		r.grid.Fields = append(r.grid.Fields, f)
	})
}

func (r *gridReader) runs(node *yaml.Node) {
	if node.Kind != yaml.SequenceNode {
		r.add(node, "runs", "expected a list of mappings, one for each run", "")
		return
	}
	for _, item := range node.Content {
		lines := map[string]*yaml.Node{}
		r.grid.Runs = append(r.grid.Runs, r.overrides(item, "runs", lines))
		r.grid.runLines = append(r.grid.runLines, lines)
	}
}

// overrides reads a mapping, and notes in lines where its keys are.
func (r *gridReader) overrides(node *yaml.Node, key string, lines map[string]*yaml.Node) Overrides {
	all := Overrides{}
	r.eachEntry(node, key, func(key string, at, value *yaml.Node) {
		lines[key] = at
		if v := r.value(value, key); v != nil {
			all[key] = v
		}
	})
	return all
}

// octal numbers are so in YAML 1.1, and decimal in YAML 1.2.
var octal = regexp.MustCompile(`^[-+]?0[0-9_]+$`)

// value is a node as JSON, nil for one that is none.
func (r *gridReader) value(node *yaml.Node, key string) json.RawMessage {
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!int" && octal.MatchString(node.Value) {
		r.add(node, key, node.Value+" is octal in YAML 1.1 and decimal in YAML 1.2", "write it without the leading zero")
		return nil
	}
	var v any
	if err := node.Decode(&v); err != nil {
		r.add(node, key, err.Error(), "")
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		r.add(node, key, "expected a value that a definition can hold", "")
		return nil
	}
	return text
}

// linesOf are where the keys of a listed run are, and those of set.
func (g *Grid) linesOf(run int) map[string]*yaml.Node {
	lines := maps.Clone(g.lines)
	maps.Copy(lines, g.runLines[run])
	return lines
}

// firstLine is where a key is, first among the fields.
func (g *Grid) firstLine(key string) *yaml.Node {
	for _, lines := range append([]map[string]*yaml.Node{g.lines}, g.runLines...) {
		if at, has := lines[key]; has {
			return at
		}
	}
	return nil
}

// keys are all that runs differ in: the fields in order, then those of listed runs.
func (g *Grid) keys() []string {
	var keys []string
	for _, f := range g.Fields {
		keys = append(keys, f.Key)
	}
	for _, o := range g.Runs {
		for _, key := range sortedKeys(o) {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}
