package config

import (
	"fmt"
	"slices"
	"strings"
)

// ProbeName is the classifier's probe, linear if it names none.
func (c Classifier) ProbeName() string {
	if c.Probe == "" {
		return Probes[0].Name
	}
	return c.Probe
}

// IsTrained reports whether the classifier's probe is trained.
func (c Classifier) IsTrained() bool { return isTrained(c.ProbeName()) }

// isTrained reports whether a probe is trained; one that the schema refuses is.
func isTrained(probe string) bool {
	i := slices.IndexFunc(Probes, func(p Probe) bool { return p.Name == probe })
	return i < 0 || Probes[i].Trained
}

// TrainedParts are the parts that are trained, in the order of Parts.
func (c Classifier) TrainedParts() []string {
	switch {
	case !c.IsTrained():
		return nil
	case len(c.Trains) > 0:
		return c.Trains
	case c.Freeze != nil && *c.Freeze:
		return []string{Head}
	default:
		return []string{Encoder, Head}
	}
}

// Changes reports whether a part's weights are trained.
func (c Classifier) Changes(part string) bool { return slices.Contains(c.TrainedParts(), part) }

// EncodesOnce reports whether the classifier's features stay the same in its
// training, and are all that its loss is computed from.
func (c Classifier) EncodesOnce() bool { return !c.Changes(Encoder) && !c.Reconstructs() }

// resolve fills in the defaults, and writes what can be said in two ways in the
// one that definitions had first: equal trainings have equal fingerprints.
func (c *Classifier) resolve(shared Train) {
	if c.Probe == Probes[0].Name {
		c.Probe = ""
	}
	if !c.IsTrained() {
		if c.Freeze == nil {
			c.Freeze = new(true)
		}
		return
	}
	augments := c.Augment != nil
	c.Train = c.Train.or(shared)
	if !augments && c.EncodesOnce() {
		c.Augment = nil
	}
	if c.Loss == "" && c.Losses == nil {
		c.Loss = LossesOf(Head)[0]
	}
	shorten(&c.Loss, &c.Losses, LossesOf(Head))
	if c.Classify == ReadsEncoder {
		c.Classify = ""
	}
	slices.SortFunc(c.Trains, func(a, b string) int { return slices.Index(Parts, a) - slices.Index(Parts, b) })
	if c.Freeze != nil {
		return
	}
	switch {
	case slices.Equal(c.Trains, []string{Head}):
		c.Freeze, c.Trains = new(true), nil
	case slices.Equal(c.Trains, []string{Encoder, Head}):
		c.Freeze, c.Trains = new(false), nil
	}
}

func (c *checker) checkClassifiers(d *Definition) {
	train, _ := d.Data.Sizes()
	for name, cl := range d.Classifiers {
		key := "classifiers." + name
		c.checkEncoder(d, cl.Encoder, append(d.pretrained(), d.fileNames()...), key)
		switch {
		case c.isSpoiled(key + ".probe"):
			continue // what else it should have is unknown
		case !cl.IsTrained():
			c.checkUntrained(cl, key)
			continue
		case cl.Freeze == nil && cl.Trains == nil:
			c.add("missing, expected true or false", "or list the parts to train, as in trains: [encoder, decoder, classifier]",
				key+".freeze", key+".trains")
		default:
			c.checkTrains(cl, key)
		}
		c.checkLinear(d, cl, key)
		c.checkLosses(d, cl.Loss, cl.Losses, LossesOf(Head), key)
		c.checkClassify(d, cl, key)
		if cl.Augment != nil && *cl.Augment != (Augment{}) && cl.EncodesOnce() {
			c.add("augment has nothing to change: a frozen encoder's features are computed once, from the images as they are",
				"leave it out, or train the encoder", key+".augment", c.named(key, "trains", "freeze"))
		}
		c.checkTrain(d, cl.Train, key)
		c.checkBatch(cl.Train, train, key)
	}
}

// checkEncoder checks the name that an entry's encoder comes from: random, or one
// of pretrained.
func (c *checker) checkEncoder(d *Definition, encoder string, pretrained []string, key string) {
	known := append(pretrained, Random)
	switch {
	case encoder == "":
		c.add("missing, expected one of "+strings.Join(known, ", "), "", key+".encoder")
	case slices.Contains(known, encoder):
	case c.has("autoencoders." + encoder):
		c.add(fmt.Sprintf("removed, but %s starts from it", key), "", "autoencoders."+encoder, key+".encoder")
	case d.Aggregations[encoder].Encoder != "":
		c.add(fmt.Sprintf("%s is an aggregation, and starts no other", quote(encoder)), didYouMean(encoder, known), key+".encoder")
	case c.has("aggregations." + encoder):
		c.add(fmt.Sprintf("removed, but %s starts from it", key), "", "aggregations."+encoder, key+".encoder")
	case !c.isSpoiled("autoencoders."+encoder) && !c.isSpoiled("aggregations."+encoder):
		c.add("no auto-encoder named "+quote(encoder), didYouMean(encoder, known), key+".encoder")
	}
}

// checkUntrained refuses settings of a training.
func (c *checker) checkUntrained(cl Classifier, key string) {
	refuse := func(name string, isSet bool, message string) {
		if isSet {
			c.add("the "+cl.Probe+" probe is not trained, so "+message, "", key+"."+name, key+".probe")
		}
	}
	refuse("freeze", !*cl.Freeze, "freeze must be true")
	for name, isSet := range map[string]bool{
		"trains": cl.Trains != nil, "loss": cl.Loss != "", "losses": cl.Losses != nil, "classify": cl.Classify != "", "linear": cl.Linear != "", "alternate": cl.Alternate,
		"epochs": cl.Epochs != 0, "batch": cl.Batch != 0, "learning_rate": cl.LearningRate != 0,
		"optimizer": cl.Optimizer != "", "momentum": cl.Momentum != nil, "nesterov": cl.Nesterov != nil,
		"weight_decay": cl.WeightDecay != nil, "decay": cl.Decay != "", "schedule": cl.Schedule != nil, "augment": cl.Augment != nil,
	} {
		refuse(name, isSet, "it takes no "+name)
	}
}

// checkTrains refuses a trained part that no loss reaches, and a loss that
// reaches no trained part.
func (c *checker) checkTrains(cl Classifier, key string) {
	sum := cl.Sum()
	if len(sum.Names()) == 0 {
		return // reported elsewhere
	}
	trains, losses := c.named(key, "trains", "freeze"), c.named(key, "losses", "loss")
	unreached := slices.DeleteFunc(slices.Clone(cl.TrainedParts()), cl.reaches)
	for _, part := range unreached {
		loss := LossesOf(Decoder)[0]
		if part == Head {
			loss = LossesOf(Head)[0]
		}
		c.add(fmt.Sprintf("the %s cannot be trained on %s: no loss there reaches it", part, cl.Objective()),
			fmt.Sprintf("leave %s out, or add a loss to the sum, such as losses: {%s: 1}", part, loss), trains, losses)
	}
	if len(unreached) > 0 {
		return
	}
	for _, name := range sum.Names() {
		if reached := cl.Reaches(name); !slices.ContainsFunc(reached, cl.Changes) {
			c.add(fmt.Sprintf("%s trains nothing: it reaches %s, and only %s is trained",
				name, strings.Join(reached, " and "), strings.Join(cl.TrainedParts(), ", ")),
				fmt.Sprintf("leave %s out of losses, or add %s to trains", name, partOf(name)), losses, trains)
		}
	}
}

// Objective is what the classifier is trained on: the sum, what the classifier
// reads where that is not the encoder's map, and whether the losses take turns.
func (c Classifier) Objective() string {
	text := c.Sum().String()
	if c.Classify != "" {
		text += " of " + c.Classify
	}
	if c.Alternate {
		text += ", in turn"
	}
	return text
}

// Trainings is how many networks the definition trains, over all seeds, those of its
// study left out.
func (d *Definition) Trainings() int {
	n := len(d.Autoencoders) + len(d.Aggregations)
	for _, c := range d.Classifiers {
		if c.IsTrained() {
			n++
		}
	}
	return n * max(1, len(d.Seeds))
}
