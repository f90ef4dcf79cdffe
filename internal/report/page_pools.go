package report

import (
	"fmt"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/stats"
)

// This file is about verdicts on features. The rule: a claim names the pools that it
// rests on, and where pools disagree, each has a claim of its own.

// ofFeatures are the verdicts on the encoders' features against the random
// encoder's, by pool, under the first measure of the study that compares accuracies.
func (p *pageMaker) ofFeatures(encoders []string) []*contrasts {
	if p.Verdicts == nil {
		return nil
	}
	sets := map[string]Measured{}
	for _, m := range p.Study {
		if m.Layer == "" && m.Epoch == 0 {
			sets[m.Features] = m
		}
	}
	comparisons := p.Verdicts.Comparisons
	var groups [][2]string
	for _, v := range comparisons {
		group := [2]string{v.Measure, v.Finding}
		if v.Measure != ClassifiersMeasure && v.Part == "" && !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	for _, group := range groups {
		var pools []*contrasts
		corrected := 0
		for _, v := range comparisons {
			if v.Measure != group[0] || v.Finding != group[1] {
				continue
			}
			corrected++
			if sets[v.A].Encoder == config.Random {
				v = flipped(v)
			}
			a, b := sets[v.A], sets[v.B]
			if b.Encoder != config.Random || a.Pool != b.Pool || !slices.Contains(encoders, a.Encoder) {
				continue
			}
			at := slices.IndexFunc(pools, func(c *contrasts) bool { return c.pool == a.Pool })
			if at < 0 {
				at = len(pools)
				pools = append(pools, &contrasts{probe: probePhrase(group[0], group[1]), pool: a.Pool})
			}
			v.A, v.B = a.Encoder, b.Encoder
			pools[at].verdicts = append(pools[at].verdicts, v)
		}
		for _, c := range pools {
			c.corrected = corrected
		}
		if len(pools) > 0 {
			return pools
		}
	}
	return nil
}

// probePhrase is a measure as the reader of classes.
func probePhrase(measure, finding string) string {
	switch measure {
	case "logistic":
		return "a converged linear classifier"
	case "knn":
		return "a vote of nearest neighbours (" + finding + ")"
	case "nearest_mean":
		return "the nearest class mean"
	default:
		return "the measure " + measure + " (" + finding + ")"
	}
}

// poolPhrase says how an encoder's maps became its features.
func poolPhrase(pool string) string {
	switch pool {
	case "avg":
		return "averaged over their maps"
	case "max":
		return "taken at their maps' maxima"
	case "flatten":
		return "taken as whole maps"
	case "pca":
		return "taken as principal components of their maps"
	default:
		return "pooled by " + pool
	}
}

// claims are what verdicts on features say, a clause for each verdict; pools that say
// the same share their clauses.
func claims(all []*contrasts) string {
	var clauses []string
	for len(all) > 0 {
		first := all[0]
		var pools []string
		rest := []*contrasts(nil)
		for _, c := range all {
			if c.agrees(first) {
				pools = append(pools, c.pool)
			} else {
				rest = append(rest, c)
			}
		}
		clauses = append(clauses, first.clauses(pools)...)
		all = rest
	}
	return strings.Join(clauses, "; ")
}

// agrees reports whether all verdicts are the same.
func (c *contrasts) agrees(with *contrasts) bool {
	for _, verdict := range []stats.Verdict{stats.Better, stats.Worse, stats.CannotTell} {
		if !slices.Equal(c.named(verdict), with.named(verdict)) {
			return false
		}
	}
	return true
}

// clauses are what the verdicts say of features by these pools.
func (c *contrasts) clauses(pools []string) []string {
	var phrases []string
	for _, pool := range pools {
		if pool != "" {
			phrases = append(phrases, poolPhrase(pool))
		}
	}
	pooled := ""
	if len(phrases) > 0 {
		pooled = ", " + strings.Join(phrases, " or ") + ","
	}
	claim := func(names []string, more string) string {
		return fmt.Sprintf("the features of %s%s know %s about the classes than those of %s", inWords(names), pooled, more, untrained)
	}
	var clauses []string
	if names := c.named(stats.Better); len(names) > 0 {
		clauses = append(clauses, claim(names, "more"))
	}
	if names := c.named(stats.Worse); len(names) > 0 {
		clauses = append(clauses, claim(names, "less"))
	}
	if names := c.named(stats.CannotTell); len(names) > 0 {
		if len(clauses) > 0 {
			return append(clauses, "for those of "+inWords(names)+", these data cannot tell")
		}
		clauses = append(clauses, "these data cannot tell whether "+claim(names, "more or less"))
	}
	return clauses
}
