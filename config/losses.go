package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// LossSum is a weighted sum of losses: their weights by name, 0 or more, at
// least one above 0.
type LossSum map[string]float64

// String is the sum as tables show it: "bce + 0.1 cross_entropy".
func (l LossSum) String() string {
	var terms []string
	for _, name := range l.Names() {
		term := name
		if weight := l[name]; weight != 1 {
			term = strconv.FormatFloat(weight, 'g', -1, 64) + " " + name
		}
		terms = append(terms, term)
	}
	return strings.Join(terms, " + ")
}

// Names are the losses with a weight above 0, sorted: those with weight 0 are
// not computed.
func (l LossSum) Names() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(l)) {
		if l[name] > 0 {
			names = append(names, name)
		}
	}
	return names
}

// Of are the sum's losses that are computed from a part.
func (l LossSum) Of(part string) LossSum {
	some := maps.Clone(l)
	maps.DeleteFunc(some, func(name string, _ float64) bool { return partOf(name) != part })
	return some
}

// Mean is the mean of the sum's losses, each with its weight.
func (l LossSum) Mean() LossSum {
	mean := LossSum{}
	for _, name := range l.Names() {
		mean[name] = l[name] / float64(len(l.Names()))
	}
	return mean
}

// Uses reports whether one of the losses is computed from a part.
func (l LossSum) Uses(part string) bool {
	return slices.ContainsFunc(l.Names(), func(name string) bool { return partOf(name) == part })
}

// partOf is the part that a loss is computed from.
func partOf(loss string) string {
	i := slices.IndexFunc(Losses, func(l Loss) bool { return l.Name == loss })
	if i < 0 {
		return ""
	}
	return Losses[i].Part
}

// Sum is what the auto-encoder is trained on.
func (a Autoencoder) Sum() LossSum { return sumOf(a.Loss, a.Losses) }

// Sum is what the classifier is trained on.
func (c Classifier) Sum() LossSum { return sumOf(c.Loss, c.Losses) }

func sumOf(loss string, losses LossSum) LossSum {
	if loss == "" {
		return losses
	}
	return LossSum{loss: 1}
}

// shorten gives the two forms of a sum its shortest: losses of weight 0 are
// left out, and a single loss of weight 1 that can stand alone is named by loss.
func shorten(loss *string, losses *LossSum, alone []string) {
	names := losses.Names()
	if *loss != "" || len(names) == 0 {
		return // nothing to shorten, or for the check to refuse
	}
	if len(names) == 1 && (*losses)[names[0]] == 1 && slices.Contains(alone, names[0]) {
		*loss, *losses = names[0], nil
		return
	}
	maps.DeleteFunc(*losses, func(_ string, weight float64) bool { return weight == 0 })
}

// checkLosses checks an entry's sum. alone are the losses that loss may name.
func (c *checker) checkLosses(d *Definition, loss string, losses LossSum, alone []string, key string) {
	switch {
	case loss == "" && losses == nil:
		c.add("missing, expected one of "+strings.Join(alone, ", "), "", key+".loss", key+".losses")
	case loss == "" && len(losses.Names()) == 0:
		c.add("expected at least one weight above 0", "", key+".losses")
	}
	if sumOf(loss, losses)["bce"] > 0 && len(d.Model.Decoder) > 0 && d.Model.Decoder[len(d.Model.Decoder)-1].Type != "sigmoid" {
		c.add("bce needs a decoder that ends in sigmoid, because it is defined only for values from 0 to 1",
			"end model.decoder with {type: sigmoid}, or use l1 or mse", c.named(key, "losses", "loss"), "model.decoder")
	}
}

// named is the first of an entry's keys that any source has, or else the last.
func (c *checker) named(entry string, keys ...string) string {
	for _, k := range keys {
		if c.has(entry + "." + k) {
			return entry + "." + k
		}
	}
	return fmt.Sprint(entry, ".", keys[len(keys)-1])
}
