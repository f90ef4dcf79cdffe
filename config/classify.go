package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// This file says what a classifier reads, and so which parts its losses reach.
// The rule: a loss reaches a part if its gradient by the part's weights is not
// zero by construction.

// What a classifier reads, besides decoder.N. "" stands for ReadsEncoder.
const (
	ReadsEncoder        = "encoder"
	ReadsDetached       = "detached"
	ReadsReconstruction = "reconstruction"
)

// readsLayer begins the name of a decoder's layer that is read.
const readsLayer = Decoder + "."

// DecoderLayer is the layer of the decoder that Classify names, or false where it
// names none.
func DecoderLayer(classify string) (layer int, reads bool) {
	place, reads := strings.CutPrefix(classify, readsLayer)
	if !reads {
		return 0, false
	}
	layer, err := strconv.Atoi(place)
	return layer, err == nil
}

// readsDecoder reports whether a classifier's logits depend on the decoder.
func (c Classifier) readsDecoder() bool {
	_, layer := DecoderLayer(c.Classify)
	return layer || c.Classify == ReadsReconstruction
}

// Reaches are the parts that a loss can train, in the order of Parts.
func (c Classifier) Reaches(loss string) []string {
	switch part := partOf(loss); {
	case part != Head:
		return []string{Encoder, part}
	case c.Classify == ReadsDetached:
		return []string{Head}
	case c.readsDecoder():
		return Parts
	default:
		return []string{Encoder, Head}
	}
}

// TrainedBy are the parts that a loss trains, in the order of Parts.
func (c Classifier) TrainedBy(loss string) []string {
	return slices.DeleteFunc(slices.Clone(c.Reaches(loss)), func(part string) bool { return !c.Changes(part) })
}

// TrainsEncoderWithLabels reports whether the labels shape the encoder.
func (c Classifier) TrainsEncoderWithLabels() bool {
	return slices.ContainsFunc(c.Sum().Names(), func(loss string) bool {
		return partOf(loss) == Head && slices.Contains(c.TrainedBy(loss), Encoder)
	})
}

// reaches reports whether one of the classifier's losses can train a part.
func (c Classifier) reaches(part string) bool {
	return slices.ContainsFunc(c.Sum().Names(), func(loss string) bool { return slices.Contains(c.Reaches(loss), part) })
}

// IsJoint reports whether the classifier is trained to classify and to reconstruct,
// or to classify through a decoder that is trained with it.
func (c Classifier) IsJoint() bool {
	return c.Sum().Uses(Head) && (c.Sum().Uses(Decoder) || c.readsDecoder() && c.Changes(Decoder))
}

// Reconstructs reports whether the classifier's losses depend on the decoder.
func (c Classifier) Reconstructs() bool { return c.Sum().Uses(Decoder) || c.readsDecoder() }

// ClassifierFeatures is the number of features of an image of shape input, [C, H,
// W], that a linear layer sees which reads what classify names; 0 for a model that
// Shapes rejects.
func (m Model) ClassifierFeatures(classify string, input [3]int) int {
	encoder, decoder, err := m.Shapes(input)
	if err != nil {
		return 0
	}
	read := encoder[len(encoder)-1]
	if layer, reads := DecoderLayer(classify); reads && layer < len(decoder) {
		read = decoder[layer]
	}
	if m.Pool == "flatten" {
		return read[0] * read[1] * read[2]
	}
	return read[0]
}

// checkClassify checks what a classifier reads, and whether it can take turns.
func (c *checker) checkClassify(d *Definition, cl Classifier, key string) {
	if cl.Alternate && len(cl.Sum().Names()) < 2 {
		c.add("alternate takes turns between losses, and there is one", "name two or more in losses, or leave alternate out",
			key+".alternate", key+".losses", key+".loss")
	}
	layer, reads := DecoderLayer(cl.Classify)
	if !reads {
		return
	}
	if layer >= len(d.Model.Decoder) {
		c.add("no layer named "+quote(cl.Classify), fmt.Sprintf("decoder.0 to decoder.%d", len(d.Model.Decoder)-1), key+".classify", "model.decoder")
		return
	}
	behind := slices.ContainsFunc(d.Model.Decoder[layer+1:], Layer.hasParameters)
	switch {
	case !cl.Changes(Decoder) || !behind:
	case cl.Alternate:
		c.add(fmt.Sprintf("cross_entropy alone does not reach the decoder's layers behind %s, which its step is to train", cl.Classify),
			"leave alternate out", key+".alternate", key+".classify")
	case !cl.Sum().Uses(Decoder):
		c.add(fmt.Sprintf("no loss reaches the decoder's layers behind %s, which are to be trained", cl.Classify),
			"add a loss to the sum, such as losses: {"+LossesOf(Decoder)[0]+": 1}, or leave decoder out of trains",
			key+".classify", c.named(key, "trains", "freeze"))
	}
}
