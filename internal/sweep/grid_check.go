package sweep

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// check refuses what is well formed but cannot be meant.
func (r *gridReader) check(root *yaml.Node) {
	g := r.grid
	if g.Base == "" {
		r.add(root, "base", "missing", "name a built-in definition or a file")
	}
	if len(g.Fields)+len(g.Runs) == 0 {
		r.add(root, "sweep", "missing, and so is runs", "sweep: {seed: 1..10} asks for ten runs")
	}
	if g.Keep != "results" && g.Keep != "everything" {
		r.add(root, "keep", fmt.Sprintf("found %q, expected results or everything", g.Keep), "")
	}
	if g.Threads < 1 {
		r.add(root, "threads", fmt.Sprintf("found %d, expected 1 or more", g.Threads), "")
	}
	for _, key := range g.keys() {
		if key == "data" || key == "data.set" || key == "data.path" {
			r.add(g.firstLine(key), key, "cannot be swept: the images of a sweep are fixed", "plan a sweep for each set")
		}
	}
	fixed := sortedKeys(g.Set)
	swept := slices.Clone(fixed)
	for _, f := range g.Fields {
		swept = append(swept, f.Key)
	}
	r.checkOverlap(swept, g.lines)
	for i, run := range g.Runs {
		r.checkOverlap(slices.Concat(sortedKeys(run), fixed), g.linesOf(i))
	}
	n := 1
	for _, f := range g.Fields {
		if n *= max(1, len(f.Values)); n > maxRuns {
			r.add(root, "sweep", fmt.Sprintf("more than %d runs", maxRuns), "")
			return
		}
	}
}

// checkOverlap refuses keys of one run of which one would silently override
// another.
func (r *gridReader) checkOverlap(keys []string, lines map[string]*yaml.Node) {
	slices.Sort(keys)
	for i := range keys {
		for j := range i {
			if keys[i] == keys[j] || strings.HasPrefix(keys[i], keys[j]+".") {
				r.add(lines[keys[i]], keys[i], "set twice: it overrides "+keys[j], "")
			}
		}
	}
}
