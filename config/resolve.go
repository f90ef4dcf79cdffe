package config

// defaultFeatureImages is what 0 stands for where there are as many images.
const defaultFeatureImages = 10000

// resolve writes out what a definition may leave open.
func (d *Definition) resolve() {
	for name, a := range d.Autoencoders {
		a.Train = a.Train.or(d.Train)
		d.Autoencoders[name] = a
	}
	for name, c := range d.Classifiers {
		c.Train = c.Train.or(d.Train)
		if c.Loss == "" {
			c.Loss = "cross_entropy"
		}
		d.Classifiers[name] = c
	}
	for _, part := range [][]Layer{d.Model.Encoder, d.Model.Decoder} {
		for i, l := range part {
			if l.isConvolution() && l.Stride == 0 {
				part[i].Stride = 1
			}
		}
	}
	if d.Losses.BCE == BCEForms[0] {
		d.Losses.BCE = ""
	}
	if d.Features.Images == 0 {
		train, _ := d.Data.Sizes()
		d.Features.Images = min(train, defaultFeatureImages)
	}
}

// or takes from another Train what this one leaves open.
func (t Train) or(other Train) Train {
	if t.Epochs == 0 {
		t.Epochs = other.Epochs
	}
	if t.Batch == 0 {
		t.Batch = other.Batch
	}
	if t.LearningRate == 0 {
		t.LearningRate = other.LearningRate
	}
	return t
}
