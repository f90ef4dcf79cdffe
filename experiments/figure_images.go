package experiments

import (
	"context"
	"fmt"
	"image"
	"strings"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/torch"
	"aeprobe/models"
	"aeprobe/plots"
	"aeprobe/vision"
)

// shownImages is how many test images a figure shows, the first ones.
const shownImages = 10

// reconstructions shows test images above what each auto-encoder makes of
// them.
func (d *drawing) reconstructions(ctx context.Context) error {
	if len(d.results.Autoencoders) == 0 {
		return nil
	}
	rows := []plots.ImageRow{d.originals()}
	var trainings []*metrics.Training
	for _, a := range d.results.Autoencoders {
		network, err := d.pretrained(a.Name)
		if err != nil {
			return err
		}
		row, err := d.decode(network, d.label(a.Name))
		network.Drop()
		if err != nil {
			return err
		}
		rows = append(rows, row)
		trainings = append(trainings, a.Training)
	}
	figure, err := plots.Reconstructions("Test images and their reconstructions, by training loss", rows)
	if err != nil {
		return err
	}
	return d.save(ctx, "reconstructions", figure, trainings...)
}

// label is what a figure calls an auto-encoder: its loss, and its name where
// that says something else.
func (d *drawing) label(name string) string {
	spec := d.definition.Autoencoders[name]
	loss := strings.ToUpper(spec.Sum().String())
	if spec.Noise > 0 {
		loss += fmt.Sprintf(", noise %g", spec.Noise)
	}
	if other, err := d.trainedOn(spec); other != nil && err == nil {
		loss += " on " + other.Title()
	}
	if strings.EqualFold(loss, name) {
		return loss
	}
	return name + " (" + loss + ")"
}

// decoded shows, for each classifier, test images above what the decoder that
// its encoder was made with makes of the encoder's maps. A probe that needs no
// training has no networks of its own to show.
func (d *drawing) decoded(ctx context.Context) error {
	for _, c := range d.results.Classifiers {
		if c.Training == nil {
			continue
		}
		network, err := d.trainedClassifier(c.Name)
		if err != nil {
			return err
		}
		row, err := d.decode(network.AutoEncoder, "decoded")
		network.Drop()
		if err != nil {
			return err
		}
		figure, err := plots.Reconstructions("Decoded features: "+d.encoderOf(c), []plots.ImageRow{d.originals(), row})
		if err != nil {
			return err
		}
		if err := d.save(ctx, "decoded-"+c.Name, figure, c.Training); err != nil {
			return err
		}
	}
	return nil
}

// encoderOf says in a few words what a classifier's encoder is, and what else
// sets the classifier apart from the report's.
func (d *drawing) encoderOf(c report.ClassifierResult) string {
	text := "random encoder"
	switch {
	case d.isFile(c.Encoder):
		text = "encoder from the file " + c.Encoder
	case c.Encoder != config.Random:
		text = "encoder pre-trained with " + d.label(c.Encoder)
	}
	if spec := d.definition.Classifiers[c.Name]; len(spec.Trains) > 0 || spec.Losses != nil || spec.Classify != "" {
		return fmt.Sprintf("%s; %s trained on %s", text, strings.Join(spec.TrainedParts(), ", "), spec.Objective())
	}
	switch {
	case c.Probe != "":
		return text + ", frozen; " + c.Probe
	case c.Freeze:
		return text + ", frozen"
	case c.Encoder == config.Random:
		return "encoder trained end to end"
	default:
		return text + ", then trained end to end"
	}
}

func (d *drawing) originals() plots.ImageRow {
	row := plots.ImageRow{Label: "original"}
	for i := range d.shown() {
		row.Images = append(row.Images, vision.Image(d.data.Test.Image(i), d.data.Shape))
	}
	return row
}

func (d *drawing) shown() int { return min(shownImages, d.data.Test.Len()) }

// decode is a row of what network makes of the first test images.
func (d *drawing) decode(network *models.AutoEncoder, label string) (plots.ImageRow, error) {
	images, err := d.decodedImages(network)
	return plots.ImageRow{Label: label, Images: images}, err
}

func (d *drawing) decodedImages(network *models.AutoEncoder) ([]image.Image, error) {
	var images []image.Image
	err := torch.NoGrad(func() error {
		var s torch.Scope
		defer s.Drop()
		index := s.Do(func() (*ts.Tensor, error) {
			return ts.Arange(ts.IntScalar(int64(d.shown())), gotch.Int64, d.device.Gotch())
		})
		originals := s.Do(func() (*ts.Tensor, error) { return d.testImages.Images(index) })
		decoded := s.Do(func() (*ts.Tensor, error) { return network.Forward(originals, models.Evaluation) })
		if s.Err != nil {
			return s.Err
		}
		values, err := torch.ToSlice[float32](decoded)
		if err != nil {
			return err
		}
		size := len(values) / d.shown()
		for i := range d.shown() {
			images = append(images, vision.FloatImage(values[i*size:(i+1)*size], d.data.Shape))
		}
		return nil
	})
	return images, err
}
