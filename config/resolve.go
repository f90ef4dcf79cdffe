package config

import "slices"

// defaultFeatureImages is what features.images: 0 stands for, if there are that
// many images.
const defaultFeatureImages = 10000

// resolve fills in the defaults that depend on other fields.
func (d *Definition) resolve() {
	d.Train = d.Train.settled()
	for name, a := range d.Autoencoders {
		a.Train = a.Train.or(d.Train)
		if a.Encoder == Random {
			a.Encoder = ""
		}
		shorten(&a.Loss, &a.Losses, LossesOf(Decoder))
		d.Autoencoders[name] = a
	}
	for name, a := range d.Aggregations {
		a.resolve(d.Train)
		d.Aggregations[name] = a
	}
	for name, c := range d.Classifiers {
		c.resolve(d.Train)
		d.Classifiers[name] = c
	}
	if len(d.Seeds) == 1 && d.Seeds[0] == d.Seed {
		d.Seeds = nil
	}
	if d.Study != nil {
		d.Study.resolve(d)
	}
	for _, part := range [][]Layer{d.Model.Encoder, d.Model.Decoder} {
		for i := range part {
			part[i].resolve()
		}
	}
	if d.Numerics.BCE == BCEForms[0] {
		d.Numerics.BCE = ""
	}
	if d.Features.Images == 0 {
		train, _ := d.Data.Sizes()
		d.Features.Images = min(train, defaultFeatureImages)
	}
	d.Features.TSNE.resolve(d.Features)
	if slices.Equal(d.Features.Projections, Projections[:1]) {
		d.Features.Projections = nil
	}
}
