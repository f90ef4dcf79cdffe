package config

import (
	"fmt"
	"slices"
	"strings"

	"aeprobe/internal/words"
)

// setting is the key of an entry's setting: its own, or that under train:.
func (c *checker) setting(entry, name string) string {
	if own := entry + "." + name; c.has(own) {
		return own
	}
	return "train." + name
}

// checkTrain checks an entry's settings, its own and the shared ones, against each
// other.
func (c *checker) checkTrain(d *Definition, t Train, entry string) {
	// add names those of the settings that there are, and the first.
	add := func(message, hint string, names ...string) {
		keys := []string{c.setting(entry, names[0])}
		for _, name := range names[1:] {
			if key := c.setting(entry, name); c.has(key) {
				keys = append(keys, key)
			}
		}
		c.add(message, hint, keys...)
	}
	o := t.OptimizerSettings()
	if o.Name != SGD {
		const hint = "leave it out, or set optimizer: sgd"
		if t.Momentum != nil {
			add(o.Name+" takes no momentum", hint, "momentum", "optimizer")
		}
		if t.Nesterov != nil {
			add(o.Name+" takes no nesterov", hint, "nesterov", "optimizer")
		}
	} else if o.Nesterov && o.Momentum == 0 {
		add("nesterov needs a momentum above 0", "set one, as in momentum: 0.9, or leave nesterov out", "nesterov", "momentum", "optimizer")
	}
	if o.OnlyWeights && o.WeightDecay == 0 {
		add("there is no weight decay to spare biases from", "set weight_decay above 0, or leave decay out", "decay", "weight_decay", "optimizer")
	}
	if t.Schedule != nil {
		c.checkSchedule(*t.Schedule, t.Epochs, entry)
	}
	if set, known := d.Data.Describe(); known && set.Image[0] > 0 {
		c.checkAugment(t.Augment, set.Image[0], entry)
	}
}

// checkSchedule checks an entry's schedule, its own or the shared one.
func (c *checker) checkSchedule(s Schedule, epochs int, entry string) {
	key := c.setting(entry, "schedule")
	at, warmUp := key+".at", key+".warm_up"
	// against adds what a setting and the number of epochs cause together: the
	// entry's own, if only one of them is.
	against := func(setting, message, hint string) {
		keys := []string{setting, c.setting(entry, "epochs")}
		if !strings.HasPrefix(setting, entry+".") {
			slices.Reverse(keys)
		}
		c.add(message, hint, keys...)
	}
	if s.Type != Steps {
		const hint = "leave it out, or set type: steps"
		if s.At != nil {
			c.add(s.Type+" takes no at", hint, at, key)
		}
		if s.Factor != 0 {
			c.add(s.Type+" takes no factor", hint, key+".factor", key)
		}
	} else if s.At == nil {
		c.add("missing, expected a list of epochs", "name those after which the learning rate falls, as in at: [50, 75]", at)
	}
	if s.WarmUp >= epochs {
		against(warmUp, fmt.Sprintf("the warm-up lasts %s, but the training only %d", words.Count(s.WarmUp, "epoch"), epochs),
			"the warm-up must be shorter than the training")
		return
	}
	for i, epoch := range s.At {
		switch {
		case i > 0 && epoch <= s.At[i-1]:
			c.add(fmt.Sprintf("expected rising epochs, found %d after %d", epoch, s.At[i-1]), "", at)
			return
		case epoch >= epochs:
			against(at, fmt.Sprintf("the learning rate falls after epoch %d, but the training has only %d", epoch, epochs),
				"at must name epochs that others follow")
			return
		case epoch <= s.WarmUp:
			c.add(fmt.Sprintf("the learning rate falls after epoch %d, but the warm-up lasts %s", epoch, words.Count(s.WarmUp, "epoch")),
				"name later epochs, or shorten the warm-up", at, warmUp)
			return
		}
	}
}
