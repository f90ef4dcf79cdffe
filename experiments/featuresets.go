package experiments

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/matrix"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/models"
	"aeprobe/vision"
)

// This file computes what measures work on. The rule: an encoder runs once over
// the images, whatever pools and measures its maps are for; the maps of the last
// few encoders stay in memory for the stages that follow.

// The baselines: features without an encoder.
const (
	pixels     = "pixels"
	pixelPCA   = "pixel_pca"
	meanColour = "mean_colour"
)

// A featureSet names features: of an encoder, pooled, or of a baseline.
type featureSet struct {
	encoder string
	pool    string // empty for a baseline
	// layer is that of encoder or decoder, as in "decoder.3", whose output it is;
	// empty for the encoder's.
	layer string
	// epoch is that of an auto-encoder's training after which it is taken; 0 for
	// its end.
	epoch int
}

func (f featureSet) isBaseline() bool { return f.pool == "" }

func (f featureSet) String() string {
	if f.isBaseline() {
		return f.encoder
	}
	name := f.encoder
	if f.epoch > 0 {
		name += fmt.Sprintf("@%d", f.epoch)
	}
	if f.layer != "" {
		name += "." + f.layer
	}
	return name + "-" + f.pool
}

// widthOf is the number of features of an image.
func (s *setup) widthOf(set featureSet) int {
	channels, size := s.data.Shape[0], s.data.Shape[1]*s.data.Shape[2]
	switch set.encoder {
	case pixels:
		return channels * size
	case pixelPCA:
		return s.definition.Study.Components
	case meanColour:
		return channels
	}
	if set.pool == principalPool {
		return s.definition.Study.Components
	}
	shape := s.mapShape(set.layer)
	if set.pool == "flatten" {
		return shape[0] * shape[1] * shape[2]
	}
	return shape[0]
}

// splits are the features of training and test images.
type splits struct {
	train, test matrix.Matrix
	// axes are what principal components are along; nil for other features.
	axes *axes
}

// axes are principal ones, [components, width], of features about their means.
type axes struct {
	directions matrix.Matrix
	means      []float64
}

// features are the set's features of all images.
func (s *setup) features(ctx context.Context, set featureSet) (*features, error) {
	var both splits
	var err error
	switch set.encoder {
	case meanColour:
		both = splits{train: meanColours(s.data.Train, s.data.Shape), test: meanColours(s.data.Test, s.data.Shape)}
	case pixels:
		both = s.pixels()
	case pixelPCA:
		both, err = s.pixelPCA(ctx)
	default:
		both, err = s.pooledMaps(ctx, set)
	}
	return &features{setup: s, set: set, train: both.train, test: both.test, axes: both.axes}, err
}

// ofOthers are the same features of other images, whose labels may be any.
func (f *features) ofOthers(ctx context.Context, images vision.Split) (matrix.Matrix, error) {
	switch f.set.encoder {
	case meanColour:
		return meanColours(images, f.data.Shape), nil
	case pixels:
		return f.pixelsOf(images), nil
	case pixelPCA:
		return f.axes.project(ctx, f.pixelsOf(images))
	}
	maps, err := f.mapsOfOthers(ctx, images)
	if err != nil {
		return matrix.Matrix{}, err
	}
	if f.set.pool == principalPool {
		return f.axes.project(ctx, maps)
	}
	return pooled(maps, f.mapShape(f.set.layer), f.set.pool), nil
}

func (f *features) mapsOfOthers(ctx context.Context, images vision.Split) (matrix.Matrix, error) {
	resident, err := vision.NewResident(images, f.data.Shape, f.device)
	if err != nil {
		return matrix.Matrix{}, err
	}
	defer resident.Drop()
	var maps matrix.Matrix
	err = f.withParts(f.set, func(parts []models.Part) (err error) {
		maps, err = f.mapsOf(ctx, parts, f.set.layer, resident)
		return err
	})
	return maps, err
}

// principalPool names the first principal components of flattened maps: as many,
// whatever the layer's width.
const principalPool = "pca"

// pooledMaps are the set's maps, pooled.
func (s *setup) pooledMaps(ctx context.Context, set featureSet) (splits, error) {
	if set.pool == principalPool {
		return s.cache.get("components of "+s.mapsKey(set), func() (splits, error) {
			both, err := s.maps(ctx, set)
			if err != nil {
				return splits{}, err
			}
			return s.principal(ctx, both)
		})
	}
	both, err := s.maps(ctx, set)
	if err != nil {
		return splits{}, err
	}
	shape := s.mapShape(set.layer)
	return splits{train: pooled(both.train, shape, set.pool), test: pooled(both.test, shape, set.pool)}, nil
}

// mapShape is the shape, [C, H, W], of a layer's output, or of the encoder's. The
// definition's check knows the same layers.
func (s *setup) mapShape(layer string) [3]int {
	encoder, decoder, err := s.definition.Model.Shapes(s.data.Shape)
	if err != nil {
		return s.data.Shape // for these images, which the first layer will say
	}
	part, at := layerOf(layer)
	switch {
	case part == "":
		return encoder[len(encoder)-1]
	case part == config.Encoder:
		return encoder[at]
	default:
		return decoder[at]
	}
}

// layerOf is the part and the place there of a layer; no part for "".
func layerOf(layer string) (part string, at int) {
	part, place, _ := strings.Cut(layer, ".")
	at, _ = strconv.Atoi(place)
	return part, at
}

// pooled are maps, [N, C*H*W], pooled as models.Classifier does: avg and max give
// [N, C].
func pooled(maps matrix.Matrix, shape [3]int, pool string) matrix.Matrix {
	if pool == "flatten" {
		return maps
	}
	size := shape[1] * shape[2]
	out := matrix.New(maps.Rows(), shape[0])
	for i := range maps.Rows() {
		row := maps.Row(i)
		for c := range shape[0] {
			values := row[c*size : (c+1)*size]
			sum, largest := 0.0, values[0]
			for _, v := range values {
				sum += float64(v)
				largest = max(largest, v)
			}
			if pool == "max" {
				out.Row(i)[c] = largest
			} else {
				out.Row(i)[c] = float32(sum / float64(size))
			}
		}
	}
	return out
}

// mapsKey tells maps apart, of whatever pool.
func (s *setup) mapsKey(set featureSet) string {
	return fmt.Sprintf("%s%s@%d %s by plan: %v", s.seedFolder(), set.encoder, set.epoch, set.layer, s.evaluates())
}

// maps are those of an encoder or a layer, of all images, flattened.
func (s *setup) maps(ctx context.Context, set featureSet) (splits, error) {
	return s.cache.get(s.mapsKey(set), func() (splits, error) {
		var both splits
		err := s.withParts(set, func(parts []models.Part) (err error) {
			if both.train, err = s.mapsOf(ctx, parts, set.layer, s.trainImages); err != nil {
				return err
			}
			both.test, err = s.mapsOf(ctx, parts, set.layer, s.testImages)
			return err
		})
		return both, err
	})
}

// withParts calls f with the parts of an encoder's network that lead to the set's
// layer.
func (s *setup) withParts(set featureSet, f func([]models.Part) error) error {
	network, drop, err := s.encoderOf(set)
	if err != nil {
		return err
	}
	defer drop()
	parts, err := partsUpTo(network, set.layer)
	if err != nil {
		return err
	}
	return f(parts)
}

// partsUpTo are the parts of a network that lead to a layer, or to the encoder's
// output.
func partsUpTo(network *models.AutoEncoder, layer string) ([]models.Part, error) {
	part, at := layerOf(layer)
	switch part {
	case "":
		return []models.Part{network.Encoder}, nil
	case config.Encoder:
		encoder, err := network.Encoder.UpTo(at)
		return []models.Part{encoder}, err
	default:
		decoder, err := network.Decoder.UpTo(at)
		return []models.Part{network.Encoder, decoder}, err
	}
}

// encoderOf is the network with a set's encoder, and frees it.
func (s *setup) encoderOf(set featureSet) (network *models.AutoEncoder, drop func(), err error) {
	if set.epoch == 0 {
		return s.encoderNamed(set.encoder)
	}
	network, _, err = s.newAutoencoder()
	if err != nil {
		return nil, nil, err
	}
	stage, file := s.autoencoderStage(set.encoder), train.EpochFile(set.epoch)
	if err := s.loadWeights(network.State(), stage, file); err != nil {
		network.Drop()
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s was trained before study.epochs asked for epoch %d, and has not kept it\n"+
				"remove %s to train it again", stage, set.epoch, s.dir.Join(stage))
		}
		return nil, nil, err
	}
	return network, network.Drop, nil
}

// encoderNamed is the network with an encoder of a study, and frees it.
func (s *setup) encoderNamed(encoder string) (network *models.AutoEncoder, drop func(), err error) {
	if s.isFile(encoder) {
		network, err = s.checkedFileEncoder(encoder)
		if err != nil {
			return nil, nil, err
		}
		return network, network.Drop, nil
	}
	if !isEncoderOfClassifier(s.definition, encoder) {
		network, err = s.pretrained(encoder)
		if err != nil {
			return nil, nil, err
		}
		return network, network.Drop, nil
	}
	classifier, err := s.trainedClassifier(encoder)
	if err != nil {
		return nil, nil, err
	}
	return classifier.AutoEncoder, classifier.Drop, nil
}

// mapsOf are those of all images, in Go's memory.
func (s *setup) mapsOf(ctx context.Context, parts []models.Part, layer string, images vision.Images) (matrix.Matrix, error) {
	shape := s.mapShape(layer)
	maps, err := s.partMaps(ctx, parts, shape, images, images.Len())
	if err != nil {
		return matrix.Matrix{}, err
	}
	defer torch.Drop(maps)
	return toMatrix(maps, shape[0]*shape[1]*shape[2])
}

func toMatrix(t *ts.Tensor, columns int) (matrix.Matrix, error) {
	values, err := torch.ToSlice[float32](t)
	if err != nil {
		return matrix.Matrix{}, err
	}
	return matrix.Of(values, columns)
}

// meanColours are each image's mean in every channel, from 0 to 1.
func meanColours(split vision.Split, shape [3]int) matrix.Matrix {
	out := matrix.New(split.Len(), shape[0])
	size := shape[1] * shape[2]
	for i := range split.Len() {
		image := split.Image(i)
		for c := range shape[0] {
			sum := 0
			for _, v := range image[c*size : (c+1)*size] {
				sum += int(v)
			}
			out.Row(i)[c] = float32(float64(sum) / float64(255*size))
		}
	}
	return out
}

// pixels are images as they are.
func (s *setup) pixels() splits {
	return splits{train: s.pixelsOf(s.data.Train), test: s.pixelsOf(s.data.Test)}
}

// pixelsOf are a split's, from 0 to 1.
func (s *setup) pixelsOf(split vision.Split) matrix.Matrix {
	values := make([]float32, len(split.Pixels))
	for i, v := range split.Pixels {
		values[i] = float32(v) / 255
	}
	return matrix.Matrix{Values: values, Columns: s.widthOf(featureSet{encoder: pixels})}
}

// pixelPCA are the first principal components of the training images' pixels, and
// the test images' coordinates on the same axes.
func (s *setup) pixelPCA(ctx context.Context) (splits, error) {
	return s.cache.get(pixelPCA, func() (splits, error) { return s.principal(ctx, s.pixels()) })
}

// principal are the coordinates of both splits along the first principal axes of
// the training images.
func (s *setup) principal(ctx context.Context, all splits) (splits, error) {
	t, err := torch.FromSlice(all.train.Values, int64(all.train.Rows()), int64(all.train.Columns))
	if err != nil {
		return splits{}, err
	}
	p, err := pca(ctx, t, s.definition.Study.Components)
	torch.Drop(t)
	if err != nil {
		return splits{}, err
	}
	a := &axes{matrix.New(len(p.Components), all.train.Columns), all.train.Means()}
	for i, axis := range p.Components {
		for j, x := range axis {
			a.directions.Row(i)[j] = float32(x)
		}
	}
	train, err := a.project(ctx, all.train)
	if err != nil {
		return splits{}, err
	}
	test, err := a.project(ctx, all.test)
	return splits{train, test, a}, err
}

// project gives m's rows, less the means, in the coordinates of the axes.
func (a *axes) project(ctx context.Context, m matrix.Matrix) (matrix.Matrix, error) {
	offsets := make([]float64, a.directions.Rows())
	for k := range offsets {
		for j, x := range a.directions.Row(k) {
			offsets[k] += float64(x) * a.means[j]
		}
	}
	out := matrix.New(m.Rows(), a.directions.Rows())
	err := torch.EachProduct(ctx, m, a.directions, func(first int, rows matrix.Matrix) error {
		for i := range rows.Rows() {
			to := out.Row(first + i)
			for k, x := range rows.Row(i) {
				to[k] = float32(float64(x) - offsets[k])
			}
		}
		return nil
	})
	return out, err
}
