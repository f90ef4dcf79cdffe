package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// removeEntries applies NAME: null, which removes an inherited file,
// auto-encoder, aggregation or classifier. Viper cannot delete a key that it has merged.
func (c *checker) removeEntries() {
	for _, section := range []string{"files", "autoencoders", "aggregations", "classifiers"} {
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
					c.add(fmt.Sprintf("nothing to remove: the base has no %q", name),
						didYouMean(name, slices.Sorted(maps.Keys(known))), section+"."+name)
				}
			}
		}
	}
}

// check finds the problems of a resolved definition whose values are each valid
// on their own.
func (c *checker) check(d *Definition) {
	if len(d.Autoencoders)+len(d.Aggregations)+len(d.Classifiers) == 0 && d.Study == nil {
		c.add("nothing to train: expected an auto-encoder or a classifier", "", "autoencoders", "classifiers")
	}
	c.checkName(d)
	c.checkData(d)
	c.checkModel(d)
	c.checkFiles(d)
	c.checkAutoencoders(d)
	c.checkAggregations(d)
	c.checkClassifiers(d)
	c.checkFeatures(d)
	c.checkTSNE(d)
	c.checkWithout(d)
	c.checkSeeds(d)
	c.checkStudy(d)
}

// validName is the schema's pattern of a definition's name.
var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// checkName checks a name that is the file's; the schema checks the others.
func (c *checker) checkName(d *Definition) {
	if !validName.MatchString(d.Name) {
		c.add(fmt.Sprintf("missing, and the file name %s is not a valid name: expected %s",
			quote(d.Name), patternWords[validName.String()]), "set name:, or rename the file", "name")
	}
}

func (c *checker) checkData(d *Definition) {
	set, known := d.Data.Describe()
	if !known {
		return // the schema has reported it
	}
	c.checkPreparation(d.Data.Preparation, d.Data.Set, "data")
	if d.Data.Train > set.Train {
		c.add(fmt.Sprintf("%s has only %d training images, found %d", set.Name, set.Train, d.Data.Train), "",
			"data.train", "data.set")
	}
	if d.Data.Test > set.Test {
		c.add(fmt.Sprintf("%s has only %d test images, found %d", set.Name, set.Test, d.Data.Test), "",
			"data.test", "data.set")
	}
	_, test := d.Data.Sizes()
	for _, p := range Protocols {
		if slices.Contains(d.Evaluate.Protocols, p.Name) && test < p.Images {
			c.add(fmt.Sprintf("protocol %s needs %d test images, but data.test is %d", p.Name, p.Images, test), "set evaluate.protocols: [full]",
				"data.test", "evaluate.protocols")
		}
	}
}

func (c *checker) checkModel(d *Definition) {
	set, _ := d.Data.Describe()
	if slices.Contains(set.Image[:], 0) {
		return // a folder without size or channels, which is reported
	}
	_, _, faults := d.Model.shapes(set.Image)
	hint := ""
	if len(faults) > 0 {
		hint = d.Model.fittingHint(set)
	}
	for _, f := range faults {
		key := "model." + f.key
		switch {
		case f.key == "encoder" || f.key == "decoder":
			// The other part, or the images, may be the one to change.
			c.add(f.message, hint, key, "model.encoder", "data.set", "data.size", "data.channels")
		default:
			c.add(f.message, hint, key)
		}
	}
}

func (c *checker) checkAutoencoders(d *Definition) {
	ours, _ := d.Data.Sizes()
	for name, a := range d.Autoencoders {
		key, train := "autoencoders."+name, ours
		if a.Data != nil {
			c.checkPretraining(d, a, key)
			if train = a.Data.Len(); train == 0 {
				train = ours // reported
			}
		}
		if name == Random {
			c.add(fmt.Sprintf("%q is reserved for an untrained encoder: use another name", name), "", key)
		}
		c.checkStart(d, a, key)
		c.checkLosses(d, a.Loss, a.Losses, LossesOf(Decoder), key)
		c.checkTrain(d, a.Train, key)
		c.checkBatch(a.Train, train, key)
	}
}

// checkBatch compares an experiment's batch size, its own or the shared one,
// with the number of training images.
func (c *checker) checkBatch(t Train, images int, key string) {
	if t.Batch <= images {
		return
	}
	c.add(fmt.Sprintf("the batch of %d is larger than the %d training images", t.Batch, images), "",
		c.setting(key, "batch"), "data.train", "data.set")
}

func (c *checker) checkFeatures(d *Definition) {
	set, _ := d.Data.Describe()
	train, _ := d.Data.Sizes()
	if d.Features.Images > train {
		c.add(fmt.Sprintf("found %d images for features, but only %d training images", d.Features.Images, train),
			"set features.images: 0 to use all of them, up to 10000", "features.images", "data.train", "data.set")
	}
	if d.Features.Images < 2 {
		c.add(fmt.Sprintf("expected at least 2 images, found %d", d.Features.Images), "",
			"features.images", "data.train")
		return
	}
	flat := d.Model
	flat.Pool = "flatten"
	if n := flat.Features(set.Image); n > 0 && d.Features.Components > min(n, d.Features.Images) {
		c.add(fmt.Sprintf("found %d components, but %d images of %d features have at most %d",
			d.Features.Components, d.Features.Images, n, min(n, d.Features.Images)), "",
			"features.components", "features.images", "model.encoder", "data.train")
	}
}
