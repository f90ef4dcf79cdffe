package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// takeOut carries out the NAME: null of auto-encoders and classifiers: viper
// can't take a key out of what was merged before.
func (c *checker) takeOut() {
	for _, section := range []string{"autoencoders", "classifiers"} {
		for i, s := range c.sources {
			entries, _ := s.values[section].(map[string]any)
			for name, entry := range entries {
				if entry != nil {
					continue
				}
				delete(entries, name)
				known := map[string]bool{}
				for _, earlier := range c.sources[:i] {
					before, _ := earlier.values[section].(map[string]any)
					for n := range before {
						known[n] = true
					}
					delete(before, name)
				}
				if !known[name] {
					c.add(fmt.Sprintf("nothing to take out: the base has no %q", name),
						didYouMean(name, slices.Sorted(maps.Keys(known))), section+"."+name)
				}
			}
		}
	}
}

// check finds what is wrong with a resolved definition whose values are each
// right by themselves.
func (c *checker) check(d *Definition) {
	if len(d.Autoencoders)+len(d.Classifiers) == 0 {
		c.add("nothing to train, expected an auto-encoder or a classifier", "", "autoencoders", "classifiers")
	}
	c.checkName(d)
	c.checkData(d)
	c.checkModel(d)
	c.checkAutoencoders(d)
	c.checkClassifiers(d)
	c.checkFeatures(d)
}

// validName is the schema's pattern of a definition's name.
var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// checkName matters where the name is the file's.
func (c *checker) checkName(d *Definition) {
	if !validName.MatchString(d.Name) {
		c.add(fmt.Sprintf("missing, and the file's own name %s doesn't do: expected %s",
			quote(d.Name), patternWords[validName.String()]), "", "name")
	}
}

func (c *checker) checkData(d *Definition) {
	set, known := FindSet(d.Data.Set)
	if !known {
		return // the schema has it already
	}
	if d.Data.Train > set.Train {
		c.add(fmt.Sprintf("%s has %d training images, found %d", set.Name, set.Train, d.Data.Train), "",
			"data.train", "data.set")
	}
	if d.Data.Test > set.Test {
		c.add(fmt.Sprintf("%s has %d test images, found %d", set.Name, set.Test, d.Data.Test), "",
			"data.test", "data.set")
	}
	_, test := d.Data.Sizes()
	for _, p := range Protocols {
		if slices.Contains(d.Evaluate.Protocols, p.Name) && test < p.Images {
			c.add(fmt.Sprintf("protocol %s needs %d test images, data.test leaves %d", p.Name, p.Images, test), "",
				"data.test", "evaluate.protocols")
		}
	}
}

func (c *checker) checkModel(d *Definition) {
	set, _ := FindSet(d.Data.Set)
	_, _, faults := d.Model.shapes(set.Image)
	for _, f := range faults {
		key := "model." + f.key
		switch {
		case f.key == "encoder" || f.key == "decoder":
			// The other part, or the images, may be what doesn't fit.
			c.add(f.message, "", key, "model.encoder", "data.set")
		default:
			c.add(f.message, "", key)
		}
	}
}

func (c *checker) checkAutoencoders(d *Definition) {
	train, _ := d.Data.Sizes()
	for name, a := range d.Autoencoders {
		key := "autoencoders." + name
		if name == Random {
			c.add(fmt.Sprintf("%q stands for a fresh encoder, an auto-encoder needs another name", name), "", key)
		}
		c.checkLoss(a.Loss, AutoencoderLosses, key)
		if a.Loss == "bce" && len(d.Model.Decoder) > 0 && d.Model.Decoder[len(d.Model.Decoder)-1].Type != "sigmoid" {
			c.add("bce needs a decoder that ends in sigmoid: it is defined for values from 0 to 1",
				"end model.decoder with {type: sigmoid}, or use l1 or mse", key+".loss", "model.decoder")
		}
		c.checkBatch(a.Train, train, key)
	}
}

func (c *checker) checkClassifiers(d *Definition) {
	train, _ := d.Data.Sizes()
	known := append(slices.Sorted(maps.Keys(d.Autoencoders)), Random)
	for name, cl := range d.Classifiers {
		key := "classifiers." + name
		switch {
		case cl.Encoder == "":
			c.add("missing, expected one of "+strings.Join(known, ", "), "", key+".encoder")
		case !slices.Contains(known, cl.Encoder) && c.has("autoencoders."+cl.Encoder):
			c.add(fmt.Sprintf("taken out, but %s starts from auto-encoder %q", key, cl.Encoder), "",
				"autoencoders."+cl.Encoder, key+".encoder")
		case !slices.Contains(known, cl.Encoder) && !c.isSpoiled("autoencoders."+cl.Encoder):
			c.add("no auto-encoder named "+quote(cl.Encoder), didYouMean(cl.Encoder, known),
				key+".encoder")
		}
		if !c.has(key + ".freeze") {
			c.add("missing, expected true or false", "", key+".freeze")
		}
		c.checkLoss(cl.Loss, ClassifierLosses, key)
		c.checkBatch(cl.Train, train, key)
	}
}

func (c *checker) checkLoss(loss string, known []string, key string) {
	if loss == "" {
		c.add("missing, expected one of "+strings.Join(known, ", "), "", key+".loss")
	}
}

// checkBatch compares an experiment's batch, its own or the common one, with
// the number of training images.
func (c *checker) checkBatch(t Train, images int, key string) {
	if t.Batch <= images {
		return
	}
	batch := "train.batch"
	if c.has(key + ".batch") {
		batch = key + ".batch"
	}
	c.add(fmt.Sprintf("a batch of %d is more than the %d training images", t.Batch, images), "",
		batch, "data.train", "data.set")
}

func (c *checker) checkFeatures(d *Definition) {
	set, _ := FindSet(d.Data.Set)
	train, _ := d.Data.Sizes()
	if d.Features.Images > train {
		c.add(fmt.Sprintf("features of %d images can't be had from %d training images", d.Features.Images, train),
			"features.images: 0 takes as many as there are, up to 10000", "features.images", "data.train", "data.set")
	}
	if d.Features.Images < 2 {
		c.add(fmt.Sprintf("expected features of 2 or more images, found %d", d.Features.Images), "",
			"features.images", "data.train")
		return
	}
	flat := d.Model
	flat.Pool = "flatten"
	if n := flat.Features(set.Image); n > 0 && d.Features.Components > min(n, d.Features.Images) {
		c.add(fmt.Sprintf("%d components can't be had from %d images of %d features",
			d.Features.Components, d.Features.Images, n), "",
			"features.components", "features.images", "model.encoder", "data.train")
	}
}
