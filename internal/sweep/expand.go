package sweep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Overrides are a run's values, as JSON, by the definition's keys.
type Overrides map[string]json.RawMessage

// rangeForm is FIRST..LAST or FIRST..LAST..STEP, as in a shell's braces.
var rangeForm = regexp.MustCompile(`^(-?\d+)\.\.(-?\d+)(?:\.\.(\d+))?$`)

// expandRange is the whole numbers of a range, both ends included.
func expandRange(text string) ([]json.RawMessage, error) {
	m := rangeForm.FindStringSubmatch(text)
	first, err1 := strconv.ParseInt(m[1], 10, 64)
	last, err2 := strconv.ParseInt(m[2], 10, 64)
	step := int64(1)
	var err3 error
	if m[3] != "" {
		step, err3 = strconv.ParseInt(m[3], 10, 64)
	}
	switch {
	case errors.Join(err1, err2, err3) != nil || step < 1:
		return nil, fmt.Errorf("%s is not a range of whole numbers", text)
	case last < first:
		return nil, fmt.Errorf("the range %s is empty: it ends before it begins", text)
	case (last-first)/step >= maxRuns:
		return nil, fmt.Errorf("the range %s has more than %d values", text, maxRuns)
	}
	var values []json.RawMessage
	for n := first; n <= last; n += step {
		values = append(values, json.RawMessage(strconv.FormatInt(n, 10)))
	}
	return values, nil
}

// expand is what a grid asks for: every combination of the fields' values, then
// the listed runs, each only once. defaults are the base's own values.
func (g *Grid) expand(defaults Overrides) []Overrides {
	var all []Overrides
	seen := map[string]bool{}
	add := func(o Overrides) {
		if text := o.or(defaults).String(); !seen[text] {
			seen[text] = true
			all = append(all, o)
		}
	}
	if len(g.Fields) > 0 {
		var combine func(fields []Field, o Overrides)
		combine = func(fields []Field, o Overrides) {
			if len(fields) == 0 {
				add(maps.Clone(o))
				return
			}
			for _, v := range fields[0].Values {
				o[fields[0].Key] = v
				combine(fields[1:], o)
			}
		}
		combine(g.Fields, Overrides{})
	}
	for _, o := range g.Runs {
		add(o)
	}
	return all
}

// String is the overrides as one JSON object with its keys in order.
func (o Overrides) String() string {
	text, err := json.Marshal(map[string]json.RawMessage(o))
	if err != nil {
		return fmt.Sprint(err) // values are JSON already
	}
	return string(text)
}

// Sets are the overrides as --set takes them, in the order of their keys.
func (o Overrides) Sets() []string {
	var sets []string
	for _, key := range slices.Sorted(maps.Keys(o)) {
		sets = append(sets, key+"="+string(o[key]))
	}
	return sets
}

// without is a copy that lacks a key.
func (o Overrides) without(key string) Overrides {
	rest := maps.Clone(o)
	delete(rest, key)
	return rest
}

// or is a copy with the values of defaults where o has none.
func (o Overrides) or(defaults Overrides) Overrides {
	all := Overrides{}
	maps.Copy(all, defaults)
	maps.Copy(all, o)
	return all
}

// valuesIn are the values of keys in a definition's YAML, those that it has.
func valuesIn(base []byte, keys []string) (Overrides, error) {
	var tree map[string]any
	if err := yaml.Unmarshal(base, &tree); err != nil {
		return nil, err
	}
	values := Overrides{}
	for _, key := range keys {
		var v any = tree
		for part := range strings.SplitSeq(key, ".") {
			branch, _ := v.(map[string]any)
			v = branch[part]
		}
		if v == nil {
			continue
		}
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		values[key] = text
	}
	return values, nil
}

// Show is a value for people: a string without quotes.
func Show(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil && !bytes.Equal(v, []byte("null")) {
		return s
	}
	return string(v)
}
