package experiments

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/atomicfile"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// featuresStageName is also the folder: one .npy of maps and one .csv of
// principal components per encoder.
const featuresStageName = "features"

// featureInputs are what decides the stored features.
type featureInputs struct {
	Kind       string                 `yaml:"kind"`
	Seed       uint64                 `yaml:"seed"`
	Data       string                 `yaml:"data"`
	Encoder    []config.Layer         `yaml:"encoder"`
	Decoder    []config.Layer         `yaml:"decoder"`
	Images     int                    `yaml:"images"`
	Components int                    `yaml:"components"`
	Encoders   map[string]Fingerprint `yaml:"encoders"`
	Precision  *config.Precision      `yaml:"precision,omitempty"`
}

// FeatureResult describes the stored features of one encoder.
type FeatureResult struct {
	// Shape of the .npy file: float32 [images, channels*height*width], the
	// encoder's maps of the first training images, each row [C, H, W]
	// flattened.
	Shape [2]int `json:"shape"`
	// Map is the shape [C, H, W] of one image's map.
	Map [3]int `json:"map"`
	// ExplainedVarianceRatio is the principal components' share of the
	// variance, each from 0 to 1.
	ExplainedVarianceRatio []float64 `json:"explained_variance_ratio"`
}

// featuresStage encodes images with the random encoder and with that of every
// auto-encoder, and projects the maps.
func (r *run) featuresStage(autoencoders map[string]*stage) *stage {
	inputs := featureInputs{Kind: "features", Seed: r.definition.Seed, Data: r.data.Fingerprint,
		Encoder: r.definition.Model.Encoder, Decoder: r.definition.Model.Decoder,
		Images:     r.definition.Features.Images,
		Components: r.definition.Features.Components, Encoders: map[string]Fingerprint{}, Precision: r.precision()}
	s := &stage{name: featuresStageName, takes: r.featuresDemand(inputs.Images, inputs.Components),
		verify: (*verifier).verifyFeatures}
	for _, name := range sortedKeys(autoencoders) {
		s.needs = append(s.needs, autoencoders[name])
		inputs.Encoders[name] = autoencoders[name].fingerprint
	}
	s.inputs = inputs
	s.run = func(ctx context.Context, s *stage) (*Result, error) {
		result := &Result{Features: map[string]FeatureResult{}}
		for _, name := range append([]string{config.Random}, sortedKeys(autoencoders)...) {
			f, err := r.extractFeatures(ctx, name, inputs.Images, inputs.Components)
			if err != nil {
				return nil, fmt.Errorf("features of encoder %s: %w", name, err)
			}
			result.Features[name] = *f
		}
		return result, nil
	}
	return s
}

// extractFeatures stores the maps and principal components of one encoder.
func (r *run) extractFeatures(ctx context.Context, encoder string, images, components int) (*FeatureResult, error) {
	network, err := r.pretrained(encoder)
	if err != nil {
		return nil, err
	}
	defer network.Drop()
	maps, shape, err := r.encoderMaps(ctx, network, images)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(maps)
	width := shape[0] * shape[1] * shape[2]
	err = weights.WriteNPY(r.mapsFile(encoder), []int{images, width}, func(write func([]float32) error) error {
		return eachBlock(maps, func(rows *ts.Tensor) error {
			values, err := torch.ToSlice[float32](rows)
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			return write(values)
		})
	})
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := pca(ctx, maps, components)
	if err != nil {
		return nil, err
	}
	if err := writePCA(r.pcaFile(encoder), p, r.data.Train.Labels); err != nil {
		return nil, err
	}
	return &FeatureResult{Shape: [2]int{images, width}, Map: shape, ExplainedVarianceRatio: p.Ratios}, nil
}

func (r *run) mapsFile(encoder string) string {
	return filepath.Join(r.dir, featuresStageName, encoder+".npy")
}

func (r *run) pcaFile(encoder string) string {
	return filepath.Join(r.dir, featuresStageName, encoder+"-pca.csv")
}

// encoderMaps are the maps, of the given shape [C, H, W], that network's encoder
// makes of the first training images: float32 [images, C*H*W] on the device.
func (r *run) encoderMaps(ctx context.Context, network *models.AutoEncoder, images int) (maps *ts.Tensor, shape [3]int, err error) {
	shapes, _, err := r.definition.Model.Shapes(r.data.Shape)
	if err != nil {
		return nil, shape, err
	}
	shape = shapes[len(shapes)-1]
	maps, err = r.encode(ctx, r.trainImages, images, shape[0]*shape[1]*shape[2], func(x *ts.Tensor) (*ts.Tensor, error) {
		m, err := network.Encoder.Forward(x)
		if err != nil {
			return nil, err
		}
		defer torch.Drop(m)
		return m.Flatten(1, -1, false)
	})
	return maps, shape, err
}

// pretrained is the auto-encoder of a name, or a freshly initialised one for
// config.Random.
func (r *run) pretrained(name string) (*models.AutoEncoder, error) {
	generator, err := torch.NewGenerator(r.definition.Seed)
	if err != nil {
		return nil, err
	}
	network, err := models.NewAutoEncoder(r.definition.Model, r.data.Shape, generator, r.device)
	if err != nil || name == config.Random {
		return network, err
	}
	if err := r.loadAutoencoder(network, name); err != nil {
		network.Drop()
		return nil, err
	}
	return network, nil
}

// loadAutoencoder gives network the trained weights of one of the
// definition's auto-encoders.
func (r *run) loadAutoencoder(network *models.AutoEncoder, name string) error {
	path := filepath.Join(r.dir, autoencoderStageName(name), checkpointFile)
	f, err := weights.Read(path)
	if err != nil {
		return err
	}
	if err := loadWeights(network.Parameters(), f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// writePCA writes a line per image: index, label, pc1, pc2, ...
func writePCA(path string, p *projection, labels []byte) error {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	header := []string{"index", "label"}
	for c := range p.Components {
		header = append(header, fmt.Sprintf("pc%d", c+1))
	}
	if err := w.Write(header); err != nil {
		return err
	}
	for i, coordinates := range p.Coordinates {
		row := []string{strconv.Itoa(i), strconv.Itoa(int(labels[i]))}
		for _, x := range coordinates {
			row = append(row, strconv.FormatFloat(x, 'g', -1, 64))
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return atomicfile.WriteBytes(path, text.Bytes())
}

// readPCA reads what writePCA wrote: the coordinates [N][components] and the
// labels [N] of the images.
func readPCA(path string) (coordinates [][]float64, labels []int, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 || len(rows[0]) < 4 {
		return nil, nil, fmt.Errorf("%s: expected index, label, pc1, pc2", path)
	}
	for i, row := range rows[1:] {
		if row[0] != strconv.Itoa(i) {
			return nil, nil, fmt.Errorf("%s:%d: expected image %d, found %.20q", path, i+2, i, row[0])
		}
		label, err := strconv.Atoi(row[1])
		point := make([]float64, len(row)-2)
		for c := range point {
			var problem error
			point[c], problem = strconv.ParseFloat(row[c+2], 64)
			err = errors.Join(err, problem)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s:%d: %w", path, i+2, err)
		}
		coordinates, labels = append(coordinates, point), append(labels, label)
	}
	return coordinates, labels, nil
}
