package config

import (
	"cmp"
	"fmt"
	"strings"
)

// This file says how images become a network's input. The rule: nothing is done
// to an image that the definition does not say. Where images and network do not
// fit, the definition is refused.

// FolderSet is the set of the user's own images: a folder of them per class.
const FolderSet = "folder"

// The ways to make an image size by size pixels.
const (
	// FitPad puts it in the middle of black, made smaller first if it is larger.
	FitPad = "pad"
	// FitCrop makes its shorter side size pixels long and cuts off both ends of
	// the longer one.
	FitCrop = "crop"
	// FitResize makes both sides size pixels long, whatever its proportions.
	FitResize = "resize"
)

// The images of a set that an auto-encoder can be trained on.
const (
	TrainImages      = "train"
	UnlabelledImages = "unlabelled"
)

// Preparation says where images are and what is done to them before anything is
// trained.
type Preparation struct {
	// Path is the folder of the set folder: with a folder per class, or with train,
	// test and unlabelled, of which the first two have a folder per class. It is
	// relative to the working directory.
	Path string `yaml:"path,omitempty" jsonschema:"minLength=1,maxLength=4096"`
	// Size is the images' height and width in pixels; the set's own, if left out.
	Size int `yaml:"size,omitempty" jsonschema:"minimum=1,maximum=1024"`
	// Fit is how an image of another size gets it: pad (black around it), crop
	// (the middle) or resize (whatever its proportions).
	Fit string `yaml:"fit,omitempty"`
	// Channels are 3 for colour, where grey images repeat their channel, and 1 for
	// grey, where a colour becomes its luma (ITU-R 601); the set's own, if left out.
	Channels int `yaml:"channels,omitempty"`
	// TestShare is the share of each class that is kept for tests, from a folder
	// that is not split.
	TestShare float64 `yaml:"test_share,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1"`
	// SplitSeed decides which images of a folder these are, and the order of all.
	SplitSeed uint64 `yaml:"split_seed,omitempty" jsonschema:"minimum=0,maximum=4294967295"`

	// Folder is what lies at Path; Load fills it in.
	Folder *Folder `yaml:"-" json:"-"`
}

// Pretraining selects images that an auto-encoder is trained on instead of the
// definition's. It is tested on the definition's, as the others are.
type Pretraining struct {
	// Set is the name of a data set.
	Set string `yaml:"set"`
	// Images are train, the default, or unlabelled.
	Images string `yaml:"images,omitempty"`
	// Train is the number of images to use, the first ones; 0 means all.
	Train       int `yaml:"train,omitempty" jsonschema:"minimum=0,maximum=1000000000"`
	Preparation `yaml:",inline"`
}

// Describe is the data set as prepared: with the definition's size, channels and,
// of a folder, the classes and numbers of images found there. It is false for an
// unknown one.
func (p Preparation) Describe(name string) (Set, bool) {
	set, known := FindSet(name)
	if p.Folder != nil && name == FolderSet {
		f := p.Folder
		set.Classes, set.Train, set.Test, set.Unlabelled = f.Classes, len(f.Train), len(f.Test), len(f.Unlabelled)
	}
	if p.Size > 0 {
		set.Image[1], set.Image[2] = p.Size, p.Size
	}
	set.Image[0] = cmp.Or(p.Channels, set.Image[0])
	return set, known
}

// Describe is that of the images that the definition's numbers are about.
func (d Data) Describe() (Set, bool) { return d.Preparation.Describe(d.Set) }

// Describe is that of the set that an auto-encoder is trained on.
func (p Pretraining) Describe() (Set, bool) { return p.Preparation.Describe(p.Set) }

// Unlabelled reports whether the images are those without labels.
func (p Pretraining) Unlabelled() bool { return p.Images == UnlabelledImages }

// Key stands for the images in a map.
func (p Pretraining) Key() Pretraining {
	p.Folder = nil
	return p
}

// Len is how many images there are to train on.
func (p Pretraining) Len() int {
	set, _ := p.Describe()
	n := set.Train
	if p.Unlabelled() {
		n = set.Unlabelled
	}
	if p.Train > 0 {
		n = min(n, p.Train)
	}
	return n
}

// listFolders fills in what folders of images hold, and reports those that
// cannot be listed.
//
// instead is where that of the definition's data lies, if not at its path.
func (c *checker) listFolders(d *Definition, instead string) {
	list := func(p *Preparation, set, path, key string, labelled bool) {
		if set != FolderSet || path == "" {
			return // check reports it
		}
		folder, err := ListFolder(path, p.TestShare, p.SplitSeed, labelled)
		if err != nil {
			message, hint, _ := strings.Cut(err.Error(), "\n")
			c.add(message, hint, key+".path")
			return
		}
		if p.Path != "" {
			folder.Name = baseName(p.Path)
		}
		p.Folder = folder
	}
	list(&d.Data.Preparation, d.Data.Set, cmp.Or(instead, d.Data.Path), "data", true)
	for name, a := range d.Autoencoders {
		if a.Data != nil {
			list(&a.Data.Preparation, a.Data.Set, a.Data.Path, "autoencoders."+name+".data", a.Data.Images != UnlabelledImages)
		}
	}
}

// checkPreparation checks what is said of a set's images, in the mapping at key.
func (c *checker) checkPreparation(p Preparation, name, key string) {
	set, known := FindSet(name)
	if !known {
		return
	}
	if name != FolderSet {
		for _, f := range []struct {
			name  string
			given bool
		}{{"path", p.Path != ""}, {"test_share", p.TestShare != 0}, {"split_seed", p.SplitSeed != 0}} {
			if f.given {
				c.add(fmt.Sprintf("%s takes no %s, only the set %s does", name, f.name, FolderSet),
					"name the place of a published set with --data or its variable", key+"."+f.name, key+".set")
			}
		}
		if p.Size > 0 && p.Size != set.Image[1] && p.Fit == "" {
			c.add(fmt.Sprintf("the images of %s are %d by %d, and how they become %d by %d is not said", name, set.Image[2], set.Image[1], p.Size, p.Size),
				"set "+key+".fit: "+strings.Join(Fits, ", ")+" (docs/data.md)", key+".size")
		}
		if p.Fit != "" && p.Size == 0 {
			c.add("found fit, but no size to fit to", "set "+key+".size", key+".fit")
		}
		return
	}
	for _, f := range []struct {
		name   string
		given  bool
		remedy string
	}{
		{"path", p.Path != "" || p.Folder != nil, "name the folder here or with --data: it has a folder of images per class, or train and test with these"},
		{"size", p.Size > 0, "say how high and wide images are for the networks, as in size: 64, and fit: if not all of them are"},
		{"channels", p.Channels > 0, "say channels: 3 for colour, 1 for grey"},
	} {
		if !f.given {
			c.add("missing: a folder of images needs "+f.name, f.remedy, key+"."+f.name, key+".set")
		}
	}
}

// checkPretraining checks the images that an auto-encoder is trained on, where
// they are others than the definition's.
func (c *checker) checkPretraining(d *Definition, a Autoencoder, key string) {
	p, key := a.Data, key+".data"
	if p.Set == "" {
		c.add("missing, expected a data set", "name one, as in {set: cifar100}", key+".set")
		return
	}
	c.checkPreparation(p.Preparation, p.Set, key)
	set, known := p.Describe()
	ours, ourKnown := d.Data.Describe()
	if !known || !ourKnown {
		return
	}
	if set.Image != ours.Image {
		c.add(fmt.Sprintf("these images are %s, and those of data are %s: the network cannot take both", shapeText(set.Image), shapeText(ours.Image)),
			fmt.Sprintf("set size: %d, fit: and channels: %d here, or change data", ours.Image[1], ours.Image[0]), key, key+".size", key+".channels", key+".set", "data.set", "data.size", "data.channels")
	}
	have, of := set.Train, "training images"
	if p.Unlabelled() {
		have, of = set.Unlabelled, "images without labels"
	}
	switch {
	case have == 0:
		c.add(fmt.Sprintf("%s has no %s", p.Set, of), "", key+".images", key+".set")
	case p.Train > have:
		c.add(fmt.Sprintf("%s has only %d %s, found %d", p.Set, have, of, p.Train), "", key+".train", key+".set")
	}
	if len(a.Without) > 0 {
		c.add("found both data and without: classes are left out of the definition's own images alone", "", key, strings.TrimSuffix(key, "data")+"without")
	}
}

// fittingHint is what to say about images that a model does not take, if there is
// a size and number of channels that it takes.
func (m Model) fittingHint(set Set) string {
	sizes := []int{set.Image[1], 32, 28, 64, 96, 128, 224}
	for _, size := range sizes {
		for _, channels := range []int{3, 1} {
			image := [3]int{channels, size, size}
			if _, _, faults := m.shapes(image); len(faults) > 0 {
				continue
			}
			var fields []string
			if size != set.Image[1] {
				fields = append(fields, fmt.Sprintf("size: %d, fit: %s", size, strings.Join(Fits, "|")))
			}
			if channels != set.Image[0] {
				fields = append(fields, fmt.Sprintf("channels: %d", channels))
			}
			return fmt.Sprintf("this model takes images of %s: set data: {set: %s, %s}, or change the model",
				shapeText(image), set.Name, strings.Join(fields, ", "))
		}
	}
	return ""
}
