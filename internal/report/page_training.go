package report

import "aeprobe/config"

// reconstructionSection has the auto-encoders: their test losses, what they make of
// images, and how they were trained; and the encoders trained by local aggregation.
func (p *pageMaker) reconstructionSection() (*pageSection, error) {
	s := &pageSection{ID: "reconstruction", Title: "How well images are reconstructed"}
	if len(p.reconstructing()) > 0 {
		s.Blocks = append(s.Blocks, p.numbered(block{Title: "Losses over the test images", Table: tableOf(p.AutoencoderTable()),
			Text: []string{"Means over the " + grouped(p.Data.Test) + " test images and their pixels, after the last epoch. " + p.about("Networks of the first seed")}}))
	}
	s.Blocks = append(s.Blocks, p.fileFigures("reconstructions", "decoded")...)
	for i, a := range p.Autoencoders {
		trained := []Trained{a.Trained}
		for _, repeat := range p.Repeats {
			trained = append(trained, repeat.Autoencoders[i].Trained)
		}
		what := "Auto-encoder trained on " + a.objective() + ": means over the training images of an epoch, and over all test images after it"
		b, drawn, err := p.curves(a.Name, what, p.definition.Autoencoders[a.Name].Sum(), trained)
		if err != nil {
			return nil, err
		}
		if drawn {
			s.Blocks = append(s.Blocks, b)
		}
	}
	return s, nil
}

// trainingSection has the losses of all other trainings by epoch.
func (p *pageMaker) trainingSection() (*pageSection, error) {
	s := &pageSection{ID: "training", Title: "How the networks were trained",
		Intro: []string{"Loss by epoch: the mean over the training images of the epoch, and that over all test images after it. Point at a curve, or move the slider, for the values of an epoch."}}
	if len(p.Aggregations) > 0 {
		s.Blocks = append(s.Blocks, p.numbered(block{Title: "Local aggregation", Table: tableOf(p.AggregationTable()),
			Text: []string{"Nearest neighbours by the encoder's features, and what an image's close neighbours were, in the last epoch. " + p.about("Networks of the first seed")}}))
	}
	add := func(name, what string, losses config.LossSum, trained []Trained) error {
		b, drawn, err := p.curves(name, what, losses, trained)
		if drawn {
			s.Blocks = append(s.Blocks, b)
		}
		return err
	}
	for i, a := range p.Aggregations {
		trained := []Trained{a.Trained}
		for _, repeat := range p.Repeats {
			trained = append(trained, repeat.Aggregations[i].Trained)
		}
		if err := add(a.Name, "Local aggregation, starting from "+a.Encoder, nil, trained); err != nil {
			return nil, err
		}
	}
	for i, c := range p.Classifiers {
		trained := []Trained{c.Trained}
		for _, repeat := range p.Repeats {
			trained = append(trained, repeat.Classifiers[i].Trained)
		}
		spec := p.definition.Classifiers[c.Name]
		losses := spec.Sum()
		if spec.Alternate { // a step has one of them: the mean over the steps is theirs
			losses = losses.Mean()
		}
		if err := add(c.Name, sentenceCase(p.describe(c))+", on "+spec.Objective(), losses, trained); err != nil {
			return nil, err
		}
	}
	return s, nil
}
