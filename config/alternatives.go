package config

import "fmt"

// This file lets an entry say one thing in two ways. The rule: within a source
// there is one way, and what a later source says replaces both of an earlier
// one, as it would if they were one key.

// alternatives are two keys of an auto-encoder or a classifier for one thing.
var alternatives = [][2]string{{"loss", "losses"}, {"freeze", "trains"}}

// trainingKeys are the keys of a classifier that an untrained probe does not
// have.
var trainingKeys = append([]string{"loss", "losses", "trains", "classify", "alternate", "epochs", "batch", "learning_rate", "optimizer", "schedule"}, optimizerKeys...)

// optimizerKeys are settings of an optimizer: naming one starts over.
var optimizerKeys = []string{"momentum", "nesterov", "weight_decay", "decay"}

// preparationKeys are what is said of a set's images: naming a set starts over.
var preparationKeys = []string{"path", "size", "fit", "channels", "test_share", "split_seed"}

// settleAlternatives reports entries that use both of two alternatives, and
// removes from earlier sources what a later one replaces.
func (c *checker) settleAlternatives() {
	for i, s := range c.sources {
		c.settleSeeds(i, s)
		if data, _ := s.values["data"].(map[string]any); data["set"] != nil {
			for _, key := range preparationKeys {
				c.forget(i, []string{"data"}, key)
			}
		}
		shared, _ := s.values["train"].(map[string]any)
		c.settleTrain(i, []string{"train"}, shared)
		for _, section := range []string{"autoencoders", "aggregations", "classifiers"} {
			entries, _ := s.values[section].(map[string]any)
			for name, entry := range entries {
				named, _ := entry.(map[string]any)
				path := []string{section, name}
				for _, pair := range alternatives {
					c.settle(i, path, named, pair)
				}
				c.settleTrain(i, path, named)
				if data, _ := named["data"].(map[string]any); data["set"] != nil {
					c.forget(i, path, "data")
				}
				if probe, has := named["probe"].(string); has && !isTrained(probe) {
					c.forget(i, path, trainingKeys...)
				}
			}
		}
	}
}

// settleSeeds lets the last of seed and seeds win; a source may have both.
func (c *checker) settleSeeds(i int, s *source) {
	_, one := s.values["seed"]
	all, several := s.values["seeds"].([]any)
	switch {
	case one && !several:
		c.forget(i, nil, "seeds")
	case several && !one && len(all) > 0:
		c.forget(i, nil, "seed")
		s.values["seed"] = all[0]
	}
}

// settleTrain lets an optimizer, and a schedule's type, of the i-th source begin
// without the settings of earlier ones.
func (c *checker) settleTrain(i int, path []string, named map[string]any) {
	if _, has := named["optimizer"]; has {
		c.forget(i, path, optimizerKeys...)
	}
	schedule, _ := named["schedule"].(map[string]any)
	if _, has := schedule["type"]; has {
		c.forget(i, path, "schedule")
	}
}

// settle is settleAlternatives for one pair in an entry of the i-th source.
func (c *checker) settle(i int, entry []string, named map[string]any, pair [2]string) {
	_, first := named[pair[0]]
	_, second := named[pair[1]]
	switch {
	case first && second:
		at := step(entry, pair[1])
		s := c.sources[i]
		c.problems = append(c.problems, s.problem(joinKey(at), s.locate(at).node(),
			fmt.Sprintf("found both %s and %s, expected one of them", pair[0], pair[1]), ""))
		s.spoiled = append(s.spoiled, joinKey(at), joinKey(step(entry, pair[0])))
	case first:
		c.forget(i, entry, pair[1])
	case second:
		c.forget(i, entry, pair[0])
	}
}

// forget removes an entry's keys from the sources before the i-th.
func (c *checker) forget(i int, entry []string, keys ...string) {
	for _, s := range c.sources[:i] {
		for _, key := range keys {
			prune(s.values, step(entry, key))
		}
	}
}
