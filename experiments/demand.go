package experiments

import (
	"slices"

	"aeprobe/config"
	"aeprobe/internal/aggregation"
	"aeprobe/internal/machine"
	steps "aeprobe/internal/plan"
	"aeprobe/internal/report"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/models"
)

// This file estimates what stages take of the machine, from the definition and
// the data alone. TestNeedsAreWhatARunTakes holds it against real runs.

const (
	float32Bytes = 4
	// generatorBytes is the size of a generator's state.
	generatorBytes = 5056
	// epochBytes is a line of metrics, at most.
	epochBytes = 200
	// predictionBytes is a line of predictions, at most, and blockBytes the
	// unused end of a file's last disk block.
	predictionBytes, blockBytes = 12, 4096
	// figureBytes is a figure, as SVG and PNG, and scatteredBytes what each
	// point of a scatter plot adds.
	figureBytes, scatteredBytes = 300e3, 200
	// drawingMemory is what drawing takes: figures of 2016 dots by as many, 4
	// bytes each, until the collector takes them away, and their points.
	drawingMemory = 120e6
	// programMemory is what the program, libtorch and Go's collector take
	// before there is anything to work on.
	programMemory = 210e6
	// tableBytes is the size of results.json, the tables and the page without figures.
	// sheetBytes is an image of the page's sheet. The page has the sheet in base64, and
	// of the figures the SVGs alone, or draws them itself: pageShare of their bytes.
	tableBytes, sheetBytes, pageShare = 260e3, 400, 0.3
)

// autoencoderDemand is that of training one of the definition's auto-encoders.
func (s *setup) autoencoderDemand(name string, spec config.Autoencoder) machine.Demand {
	encoder, decoder := s.definition.Model.Parameters(s.data.Shape)
	d := s.trainingDemand(spec.Train, encoder+decoder, encoder+decoder)
	d.FLOPs = s.epochFLOPs(1, 1)
	if spec.Data != nil {
		d.FLOPs *= float64(spec.Data.Len()) / float64(max(1, s.data.Train.Len()))
	}
	for _, epoch := range s.keptEpochs(name) {
		d.Files[train.EpochFile(epoch)] = float32Bytes * float64(encoder+decoder)
	}
	layers := slices.Concat(s.activations())
	d.Memory += max(s.stepMemory(spec.Train, encoder+decoder, layers, takenByPlan(spec)), forwarded(layers)*torch.ForwardBatch)
	return d
}

// aggregationDemand is that of training one of the definition's aggregations: with
// the bank, what is kept of each image, and a batch's similarities to all images,
// which a step makes several times.
func (s *setup) aggregationDemand(spec config.Aggregation) machine.Demand {
	a := s.aggregationSettings(spec)
	encoder, decoder := s.definition.Model.Parameters(s.data.Shape)
	head := 0
	if *spec.Embedding > 0 {
		head = (s.definition.Model.Features(s.data.Shape) + 1) * a.Width
	}
	d := s.trainingDemand(spec.Train, encoder+decoder+head, encoder+head)
	d.Files[train.CheckpointFile] -= float32Bytes * float64(head)
	images, batch := float64(a.Images), float64(min(spec.Batch, a.Images))
	// Similarities to all images: the gradients' part is as large.
	d.FLOPs = s.epochFLOPs(1, 0) + 4*images*images*float64(a.Width)
	bank := float32Bytes * images * float64(a.Width)
	state := bank + images*float64(8*a.Clusterings+3*float32Bytes)
	for _, file := range []string{train.StateFile, train.PreviousStateFile} {
		if _, has := d.Files[file]; has {
			d.Files[file] += state
		}
	}
	layers, _ := s.activations()
	// The bank, and the embeddings on their way to it; a checkpoint twice.
	d.Memory += bank + 3*state
	// What a step keeps of an image and each of its neighbours, or of each noise
	// image, until its loss is there, and of an image and each other one.
	step := batch * (float64(a.Background)*float64(9*a.Clusterings+72) + 4*float32Bytes*images)
	if spec.InstanceEpochs > 0 {
		step = max(step, batch*(float64(a.Noise)*8*15+8*float32Bytes*images))
	}
	// Each thread's copy of the bank, to count the rows of clusters, and distances.
	clustering := float64(min(s.threads, a.Clusterings)) * (bank + 2*float32Bytes*aggregation.BlockRows*float64(a.Clusters))
	d.Memory += max(backpropagated(layers)*batch+step, clustering)
	// Nearest neighbours, by features of all images, twice, and of length 1.
	d.Memory += 3 * float32Bytes * float64(s.definition.Model.Features(s.data.Shape)) * float64(a.Images+s.data.Test.Len())
	return d
}

// classifierDemand is that of fitting one of the definition's classifiers, and
// its predictions.
func (s *setup) classifierDemand(spec config.Classifier) (machine.Demand, error) {
	kind, err := lookUp(probes, "probe", spec.ProbeName())
	if err != nil {
		return machine.Demand{}, err
	}
	d := kind.demand(s, spec)
	d.Rest += predictionBytes*float64(s.data.Test.Len()) + blockBytes
	return d, nil
}

// linearDemand is that of training a linear classifier and what else spec
// trains.
func (s *setup) linearDemand(spec config.Classifier) machine.Demand {
	encoder, decoder := s.definition.Model.Parameters(s.data.Shape)
	features := s.definition.Model.ClassifierFeatures(spec.Classify, s.data.Shape)
	sizes := map[string]int{config.Encoder: encoder, config.Decoder: decoder, config.Head: (features + 1) * len(s.data.Classes)}
	trained := 0
	for _, part := range spec.TrainedParts() {
		trained += sizes[part]
	}
	d := s.trainingDemand(spec.Train, encoder+decoder+sizes[config.Head], trained)
	layers, decoded := s.activations()
	byPlan, passed := classifierTakenByPlan(spec), layers
	if spec.Classify == config.ReadsReconstruction { // which the encoder runs over, too
		passed = slices.Concat(layers, layers)
	}
	if s.comparesGradients(spec) {
		byPlan = false // its gradients are autograd's
	}
	d.FLOPs = s.classifierFLOPs(spec, features)
	switch {
	case spec.EncodesOnce():
		d.Memory += float32Bytes * float64(features) * float64(s.data.Train.Len()+s.data.Test.Len())
	case !spec.Changes(config.Encoder) && !(s.plans() && byPlan): // whose maps are where the way back ends
		d.Memory += s.stepMemory(spec.Train, trained, decoded, byPlan) + forwarded(layers)*float64(min(spec.Batch, s.data.Train.Len()))
	case spec.Reconstructs():
		d.Memory += s.stepMemory(spec.Train, trained, slices.Concat(passed, decoded), byPlan)
	default:
		d.Memory += s.stepMemory(spec.Train, trained, layers, byPlan)
	}
	if spec.Reconstructs() {
		layers = slices.Concat(layers, decoded)
	}
	d.Memory += forwarded(layers) * torch.ForwardBatch
	return d
}

// trainingDemand is that of training so many of a network's weights, without
// what a batch takes: the weights, their gradients and Adam's two moments (SGD
// keeps fewer) in libtorch, and two copies of a checkpoint on their way from or to the disk.
func (s *setup) trainingDemand(spec config.Train, weights, trained int) machine.Demand {
	w, t := float32Bytes*float64(weights), float32Bytes*float64(trained)
	state := w + 2*t + generatorBytes
	d := machine.Demand{Files: map[string]float64{train.CheckpointFile: w, train.StateFile: state},
		// The metrics are in both checkpoints, too.
		Rest: 3 * epochBytes * float64(spec.Epochs)}
	steps := s.definition.Checkpoint.Steps
	if within := steps > 0 && steps*spec.Batch <= s.data.Train.Len(); within || spec.Epochs > 1 {
		d.Files[train.PreviousStateFile] = state
	}
	d.Memory = w + 3*t + 2*state
	return d
}

// epochFLOPs are those of an epoch's steps, given the share of a step by the
// encoder and by the decoder that is taken; 0 if the layers do not fit the images.
func (s *setup) epochFLOPs(ofEncoder, ofDecoder float64) float64 {
	encoder, decoder, err := s.definition.Model.TrainingFLOPs(s.data.Shape)
	if err != nil {
		return 0
	}
	return float64(s.data.Train.Len()) * (ofEncoder*encoder + ofDecoder*decoder)
}

// classifierFLOPs are those of an epoch of a linear classifier's training.
func (s *setup) classifierFLOPs(spec config.Classifier, features int) float64 {
	head := 6 * float64(features*len(s.data.Classes)) * float64(s.data.Train.Len())
	if spec.EncodesOnce() {
		return head
	}
	ofEncoder, ofDecoder := 1.0, 0.0
	if !spec.Changes(config.Encoder) {
		ofEncoder = 1.0 / 3 // forward only
	}
	if spec.Classify == config.ReadsReconstruction {
		ofEncoder *= 2
	}
	if spec.Reconstructs() {
		ofDecoder = 1
	}
	return head + s.epochFLOPs(ofEncoder, ofDecoder)
}

// plans reports whether networks are trained by plan.
func (s *setup) plans() bool {
	return s.evaluates() && models.Plannable(s.definition.Model)
}

// stepMemory is what a training step takes on its way through layers: by
// autograd, or where plans do not know how it is trained, the batch's activations and gradients; by plan those of a group of
// images for each thread, with a copy of the half that weights' gradients are
// computed from, and the gradients of what is trained, several times.
func (s *setup) stepMemory(spec config.Train, trained int, layers []float64, known bool) float64 {
	batch := min(spec.Batch, s.data.Train.Len())
	if !s.plans() || !known {
		return backpropagated(layers) * float64(batch)
	}
	var sum float64
	for _, n := range layers {
		sum += n
	}
	groups := (batch + steps.Group - 1) / steps.Group
	return 2.5*float32Bytes*sum*float64(steps.Group*min(groups, s.allThreads)) + float32Bytes*float64(trained*min(groups, steps.MaxChains))
}

// featuresDemand is that of encoding and projecting. The maps are there once,
// and a block of them also in Go, and as a file's bytes.
func (s *setup) featuresDemand(spec config.Features) machine.Demand {
	layers, _ := s.activations()
	images, width := spec.Images, layers[len(layers)-1]
	d := machine.Demand{Files: map[string]float64{}}
	names := spec.ProjectionNames()
	for _, name := range s.encoders() {
		d.Files[name+".npy"] = float32Bytes * float64(images) * width
		d.Rest += float64(len(names)) * float64(images) * float64(10+20*spec.Components)
	}
	var projecting float64
	for _, name := range names {
		if kind, known := projections[name]; known {
			projecting = max(projecting, kind.memory(spec, int(width)))
		}
	}
	block := 2 * float32Bytes * float64(torch.BlockRows(images)) * width
	d.Memory = float32Bytes*float64(images)*width + block + projecting + forwarded(layers)*torch.ForwardBatch
	return d
}

// figuresDemand is that of drawing the definition's figures.
func (s *setup) figuresDemand() machine.Demand {
	d := machine.Demand{Memory: drawingMemory}
	for _, name := range s.definition.Figures {
		if kind, known := figureKinds()[name]; known {
			d.Rest += kind.bytes(s)
		}
	}
	sheet := sheetBytes * float64(min(s.data.Train.Len(), report.SheetImages))
	d.Page = tableBytes + min(pageShare*d.Rest+sheet*4/3, report.PageBytes)
	d.Rest += sheet
	return d
}

// baseMemory is what the program and the images take before any stage runs, or
// 0 if nothing is known: on a GPU.
func (s *setup) baseMemory() float64 {
	if !s.device.IsCPU() {
		return 0
	}
	return programMemory + s.imagesMemory()
}

// imagesMemory is what all splits take: in Go, whose collector lets garbage be
// 3 % of it, and in libtorch with labels of 8 bytes.
func (s *setup) imagesMemory() float64 {
	var all float64
	splits := []int{s.data.Train.Len(), s.data.Test.Len()}
	for _, other := range s.data.Pretraining {
		splits = append(splits, other.Train.Len())
	}
	for _, split := range splits {
		image := float64(s.data.Shape[0]) * float64(s.data.Shape[1]) * float64(s.data.Shape[2])
		all += float64(split) * (1.03*image + 8)
	}
	return all
}

// activations are how many numbers a training step keeps of an image: itself and
// what the encoder makes of it, and what the decoder does.
func (s *setup) activations() (encoder, decoder []float64) {
	encoder, decoder, err := s.definition.Model.Activations(s.data.Shape)
	if err != nil { // for these images, which the first layer will say
		shape := s.data.Shape
		return []float64{float64(shape[0]) * float64(shape[1]) * float64(shape[2])}, nil
	}
	return encoder, decoder
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
