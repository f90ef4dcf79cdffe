package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// File is a file of weights that trainings can start from: a safetensors file or one
// that torch.save wrote. Without the names below it has ours (encoder.0.weight,
// decoder.4.bias, classifier.weight) or those of a published ResNet, and what it holds
// besides the encoder is taken as well.
type File struct {
	// Path is relative to the folder that aeprobe runs in.
	Path string `yaml:"path" jsonschema:"minLength=1"`
	// Encoder is what the file calls the encoder's layers that have weights, in order:
	// [features.0, features.3] for features.0.weight and so on. A residual block's are
	// its layers', then its shortcut's. What else the file holds is left out.
	Encoder []string `yaml:"encoder,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	// Decoder is the same of the decoder, which stays random without.
	Decoder []string `yaml:"decoder,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	// Linear is what it calls the linear layer of a classifier.
	Linear string `yaml:"linear,omitempty"`
}

// IsNamed reports whether the file's layers have names of their own.
func (f File) IsNamed() bool { return len(f.Encoder)+len(f.Decoder) > 0 || f.Linear != "" }

// Names are what a file calls layers, by our names for them.
func (f File) Names(m Model) map[string]string {
	names := map[string]string{}
	for part, theirs := range map[string][]string{Encoder: f.Encoder, Decoder: f.Decoder} {
		for i, ours := range m.WeightedLayers(part) {
			if i < len(theirs) {
				names[ours] = theirs[i]
			}
		}
	}
	if f.Linear != "" {
		names[Head] = f.Linear
	}
	return names
}

// WeightedLayers are the names of the layers of a part, Encoder or Decoder, that have
// weights, in order: encoder.0, encoder.3.conv1, encoder.3.downsample.0.
func (m Model) WeightedLayers(part string) []string {
	layers := map[string][]Layer{Encoder: m.Encoder, Decoder: m.Decoder}[part]
	var names []string
	for place, l := range layers {
		name := fmt.Sprintf("%s.%d", part, place)
		if l.Type != residual().name {
			if l.hasParameters() {
				names = append(names, name)
			}
			continue
		}
		inner := l.LayerNames()
		for i, layer := range l.Layers {
			if layer.hasParameters() {
				names = append(names, name+"."+inner[i])
			}
		}
		for i, layer := range l.ShortcutLayers(1) {
			if layer.hasParameters() {
				names = append(names, fmt.Sprintf("%s.%s.%d", name, l.ShortcutName(), i))
			}
		}
	}
	return names
}

// fileNames are the names of the files, sorted.
func (d *Definition) fileNames() []string { return slices.Sorted(maps.Keys(d.Files)) }

// checkFiles checks the files against the rest of the definition.
func (c *checker) checkFiles(d *Definition) {
	for name, f := range d.Files {
		key := "files." + name
		_, isAutoencoder := d.Autoencoders[name]
		_, isAggregation := d.Aggregations[name]
		_, isClassifier := d.Classifiers[name]
		if name == Random || isAutoencoder || isAggregation || isClassifier {
			c.add(fmt.Sprintf("there is another encoder named %q: use another name", name), "", key)
		}
		if f.Path == "" {
			c.add("missing, expected the path of a file of weights", "", key+".path")
		}
		for part, theirs := range map[string][]string{Encoder: f.Encoder, Decoder: f.Decoder} {
			ours := d.Model.WeightedLayers(part)
			if len(theirs) > 0 && len(theirs) != len(ours) {
				c.add(fmt.Sprintf("the %s has %d layers with weights, found %d names", part, len(ours), len(theirs)),
					"name, in this order, what the file calls "+strings.Join(ours, ", "), key+"."+part, "model."+part)
			}
		}
		if f.IsNamed() && len(f.Encoder) == 0 {
			c.add("missing, since the file's layers have names of their own", "name, in order, what the file calls "+
				strings.Join(d.Model.WeightedLayers(Encoder), ", "), key+".encoder")
		}
	}
}

// checkStart checks what an auto-encoder starts from.
func (c *checker) checkStart(d *Definition, a Autoencoder, key string) {
	if a.Encoder != "" {
		c.checkEncoder(d, a.Encoder, d.fileNames(), key)
	}
}

// checkLinear checks where a classifier's linear layer comes from.
func (c *checker) checkLinear(d *Definition, cl Classifier, key string) {
	if cl.Linear == "" {
		return
	}
	f, known := d.Files[cl.Linear]
	switch {
	case !known:
		c.add("no file named "+quote(cl.Linear), didYouMean(cl.Linear, d.fileNames()), key+".linear", "files")
	case f.IsNamed() && f.Linear == "":
		c.add(fmt.Sprintf("what files.%s calls the linear layer is not said", cl.Linear), "add linear: to it", key+".linear", "files."+cl.Linear)
	}
}
