package experiments

import (
	"path/filepath"
	"slices"

	"aeprobe/config"
)

// A demand is what a stage takes of the machine, in bytes. It is estimated from
// the definition and the data alone; TestNeedsAreWhatARunTakes holds it against
// what runs really take. A float64 does not overflow, however absurd a
// definition is.
type demand struct {
	// files are those in the stage's folder that hold arrays, by name: at
	// least so large.
	files map[string]float64
	// rest is what the folder's other files come to.
	rest float64
	// memory at the stage's peak, beside the program and the images.
	memory float64
}

const (
	float32Bytes = 4
	// generatorBytes is the size of a generator's state.
	generatorBytes = 5056
	// fileBytes is what a file of arrays has beside them: its header, and what
	// it was made from; and what its last disk block leaves unused.
	fileBytes = 12e3
	// stageBytes is a stage's result.json, and its folders.
	stageBytes = 20e3
	// epochBytes is a line of metrics, at most.
	epochBytes = 200
	// predictionBytes is a line of predictions, at most.
	predictionBytes = 12
	// figureBytes is a figure, as SVG and PNG, and scatteredBytes what each
	// point of a scatter plot adds.
	figureBytes, scatteredBytes = 300e3, 200
	// drawingMemory is what drawing takes: figures of 2016 dots by as many, 4
	// bytes each, until the collector takes them away, and their points.
	drawingMemory = 120e6
)

// autoencoderDemand is that of training one of the definition's auto-encoders.
func (r *run) autoencoderDemand(spec config.Autoencoder) demand {
	encoder, decoder := r.definition.Model.Parameters(r.data.Shape)
	d := r.trainingDemand(spec.Train, encoder+decoder, encoder+decoder)
	layers := slices.Concat(r.activations())
	d.memory += max(backpropagated(layers)*float64(min(spec.Batch, r.data.Train.Len())), forwarded(layers)*testBatch)
	return d
}

// classifierDemand is that of training one of the definition's classifiers.
func (r *run) classifierDemand(spec config.Classifier) demand {
	encoder, decoder := r.definition.Model.Parameters(r.data.Shape)
	features := r.definition.Model.Features(r.data.Shape)
	head := (features + 1) * len(r.data.Classes)
	trained := head
	if !spec.Freeze {
		trained += encoder
	}
	d := r.trainingDemand(spec.Train, encoder+decoder+head, trained)
	d.rest += predictionBytes * float64(r.data.Test.Len())
	layers, _ := r.activations()
	d.memory += forwarded(layers) * testBatch
	if spec.Freeze {
		d.memory += float32Bytes * float64(features) * float64(r.data.Train.Len()+r.data.Test.Len())
	} else {
		d.memory += backpropagated(layers) * float64(min(spec.Batch, r.data.Train.Len()))
	}
	return d
}

// trainingDemand is that of training so many of a network's weights, without
// what a batch takes: the weights, their gradients and Adam's two moments in
// libtorch, and two copies of a checkpoint on their way from or to the disk.
func (r *run) trainingDemand(train config.Train, weights, trained int) demand {
	w, t := float32Bytes*float64(weights), float32Bytes*float64(trained)
	state := w + 2*t + generatorBytes
	d := demand{files: map[string]float64{checkpointFile: w, stateFile: state}, rest: epochBytes * float64(train.Epochs)}
	steps := r.definition.Checkpoint.Steps
	if within := steps > 0 && steps*train.Batch <= r.data.Train.Len(); within || train.Epochs > 1 {
		d.files[previousStateFile] = state
	}
	d.memory = w + 3*t + 2*state
	return d
}

// featuresDemand is that of encoding and projecting. The maps are there once,
// and a block of them also in Go and as a file's bytes.
func (r *run) featuresDemand(images, components int) demand {
	layers, _ := r.activations()
	width := layers[len(layers)-1]
	d := demand{files: map[string]float64{}}
	for _, name := range append(sortedKeys(r.definition.Autoencoders), config.Random) {
		d.files[name+".npy"] = float32Bytes * float64(images) * width
		d.rest += float64(images) * float64(10+20*components)
	}
	maps := float64(images) * width
	block := min(float64(images), blockRows) * width
	d.memory = float32Bytes*maps + max(3*float32Bytes*block, pcaMemory(images, int(width), components)) + forwarded(layers)*testBatch
	return d
}

// figuresDemand is that of drawing the definition's figures.
func (r *run) figuresDemand() demand {
	d := demand{memory: drawingMemory}
	for _, kind := range r.definition.Figures {
		switch kind {
		case "pca":
			each := figureBytes + scatteredBytes*float64(r.definition.Features.Images)
			d.rest += float64(1+len(r.definition.Autoencoders)) * each
		case "loss-curves", "decoded", "confusion":
			d.rest += float64(len(r.definition.Classifiers)) * figureBytes
		default:
			d.rest += figureBytes
		}
	}
	return d
}

// activations are how many numbers an image is before the first layer and
// after each, of the encoder and then of the decoder. A ReLU is not one of
// them: the layer before it computes it.
func (r *run) activations() (encoder, decoder []float64) {
	model := r.definition.Model
	size := func(shape [3]int) float64 { return float64(shape[0]) * float64(shape[1]) * float64(shape[2]) }
	sizes := func(layers []config.Layer, shapes [][3]int) (all []float64) {
		for i, shape := range shapes {
			if layers[i].Type != "relu" {
				all = append(all, size(shape))
			}
		}
		return all
	}
	encoder = []float64{size(r.data.Shape)}
	encoderShapes, decoderShapes, err := model.Shapes(r.data.Shape)
	if err != nil { // for these images, which the first layer will say
		return encoder, nil
	}
	return append(encoder, sizes(model.Encoder, encoderShapes)...), sizes(model.Decoder, decoderShapes)
}

// backpropagated is how many bytes an image takes that a step trains on: its
// activations are kept for the way back, on which gradients join them.
func backpropagated(layers []float64) float64 {
	var sum float64
	for _, n := range layers {
		sum += n
	}
	return 1.5 * float32Bytes * sum
}

// forwarded is how many bytes an image takes that goes forward only: at any
// time there are what goes into a layer, what comes out of it, and the image.
func forwarded(layers []float64) float64 {
	largest := 0.0
	for i := range layers[1:] {
		largest = max(largest, layers[i]+layers[i+1])
	}
	return float32Bytes * (layers[0] + largest)
}

// toWrite is how many bytes the folder dir will still grow by, at the least and
// as estimated: files that are there already are written over.
func (d demand) toWrite(dir string, anew bool) (least, estimate float64) {
	for name, size := range d.files {
		was := 0.0
		if !anew {
			was = fileSize(filepath.Join(dir, name))
		}
		least += max(0, size-was)
		estimate += max(0, size+fileBytes-was)
	}
	return least, estimate + d.rest + stageBytes
}
