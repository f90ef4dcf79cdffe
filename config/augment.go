package config

import "fmt"

// Augment is what happens to training images, anew in each epoch, before the
// network sees them; nothing by default. internal/augment has the formulas. Tests
// and features are of the images as they are. An entry's augment replaces that
// under train: as a whole, so that augment: {} takes none of it over.
type Augment struct {
	// Crop takes a part of an image, scaled up to its size: of an area from this
	// share of the image's to the whole, 0.2 for instance, and an aspect ratio from
	// 3:4 to 4:3. 0 and 1 crop nothing.
	Crop float64 `yaml:"crop,omitempty" jsonschema:"minimum=0,maximum=1"`
	// Pad adds so many black pixels on each side, and takes a part of the image's
	// size; 0 for none.
	Pad int `yaml:"pad,omitempty" jsonschema:"minimum=0,maximum=1024"`
	// Flip is the probability of a mirror image, left for right.
	Flip float64 `yaml:"flip,omitempty" jsonschema:"minimum=0,maximum=1"`
	// Grey is the probability that the image loses its colours.
	Grey float64 `yaml:"grey,omitempty" jsonschema:"minimum=0,maximum=1"`
	// Colour is how far brightness, contrast, saturation and hue change: the first
	// three by factors of up to 1 - Colour to 1 + Colour, the hue by up to so much of
	// a turn either way.
	Colour float64 `yaml:"colour,omitempty" jsonschema:"minimum=0,maximum=0.5"`
}

// settled writes what says the same in one way.
func (a Augment) settled() Augment {
	if a.Crop == 1 {
		a.Crop = 0
	}
	return a
}

// checkAugment checks an entry's, its own or the shared one, for images of a
// number of channels.
func (c *checker) checkAugment(a *Augment, channels int, entry string) {
	if a == nil {
		return
	}
	key := c.setting(entry, "augment")
	if a.Crop > 0 && a.Pad > 0 {
		c.add("crop and pad both say which part of an image to take", "leave one of them out, or set it to 0", key+".crop", key+".pad")
	}
	for name, value := range map[string]float64{"grey": a.Grey, "colour": a.Colour} {
		if value > 0 && channels != 3 {
			c.add(fmt.Sprintf("%s is for images with red, green and blue, and these have %d channel(s)", name, channels),
				"leave it out, or set it to 0", key+"."+name, "data.set")
		}
	}
}
