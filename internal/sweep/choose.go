package sweep

import (
	"encoding/json"
	"slices"
	"strings"
)

// This file names the best and the worst of a sweep. The rules:
//
//   - They are chosen by a number of training images: a training's loss in its last
//     epoch, what a probe reached on training images held out from it, or how
//     briefly a study told the training labels. The test images have no say, so
//     that the test numbers beside a choice are those of a network that was not
//     picked for them.
//   - Numbers that are not of the same thing choose nothing: losses that differ, or
//     runs on different images.
//   - A training loss knows nothing of new images. It favours networks that fit.

// A Choice is the best and the worst group by one measure of training images.
type Choice struct {
	By Measure `json:"by"`
	// Best and Worst are places in Collected.Groups.
	Best  int `json:"best"`
	Worst int `json:"worst"`
}

// choose adds a choice for every measure that may choose, once there are two groups
// that have it.
func (c *Collected) choose() {
	if c.trainsOnOtherImages() {
		return
	}
	for _, m := range c.Measures {
		if m.Side != OfTraining || !c.comparable(m) {
			continue
		}
		choice, found := Choice{By: m}, 0
		for i, g := range c.Groups {
			v, has := g.Values[m.Name]
			if !has || v.N == 0 || v.Diverged > 0 {
				continue
			}
			if found++; found == 1 {
				choice.Best, choice.Worst = i, i
			}
			if better(m, v.Mean, c.Groups[choice.Best].Values[m.Name].Mean) {
				choice.Best = i
			}
			if better(m, c.Groups[choice.Worst].Values[m.Name].Mean, v.Mean) {
				choice.Worst = i
			}
		}
		if found > 1 {
			c.Choices = append(c.Choices, choice)
		}
	}
}

// imageKeys are the parts of keys that decide which images are trained on, or what
// becomes of them on the way.
var imageKeys = []string{"data", "augment", "without"}

// trainsOnOtherImages reports whether what was swept decides on which images networks
// are trained: by its key, or by one within its values.
func (c *Collected) trainsOnOtherImages() bool {
	for _, field := range c.Fields {
		if slices.ContainsFunc(strings.Split(field, "."), isImageKey) {
			return true
		}
	}
	return slices.ContainsFunc(c.repeats, func(p repeat) bool {
		for _, text := range p.run.Overrides {
			var v any
			if json.Unmarshal(text, &v) == nil && hasImageKey(v) {
				return true
			}
		}
		return false
	})
}

func isImageKey(key string) bool { return slices.Contains(imageKeys, key) }

func hasImageKey(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, within := range v {
			if isImageKey(key) || hasImageKey(within) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, hasImageKey)
	}
	return false
}

func better(m Measure, a, b float64) bool {
	if m.Higher {
		return a > b
	}
	return a < b
}

// comparable reports whether a measure is of the same thing in all runs.
func (c *Collected) comparable(m Measure) bool {
	for _, p := range c.repeats {
		for _, v := range p.values {
			if v.Name == m.Name && v.Of != m.Of {
				return false
			}
		}
	}
	return true
}
