package main

import (
	"context"
	"fmt"
	"image"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"aeprobe/config"
	"aeprobe/experiments"
	"aeprobe/internal/atomicfile"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
	"aeprobe/internal/tensorboard"
	"aeprobe/internal/train"
	"aeprobe/internal/weights"
	"aeprobe/vision"
)

// This file writes TensorBoard logs of a run's trainings, from metrics.jsonl. The
// rule: a log holds each epoch once. It is written anew by each command, and a
// command that follows the run adds to it.

// followEvery is how often a run that goes on is looked at.
const followEvery = 2 * time.Second

// reconstructed is how many test images the reconstructions show.
const reconstructed = 10

// tensorboard writes a log folder for each training that has begun.
func (e *exporter) tensorboard(ctx context.Context) error {
	logs := map[string]*tensorboard.Log{}
	shownNone := false
	for {
		stagesThere, err := e.trainings()
		if err != nil {
			return err
		}
		finished := len(stagesThere) > 0
		for _, stage := range stagesThere {
			if logs[stage] == nil {
				dir := filepath.Join(e.out, tensorboardFormat, filepath.FromSlash(stage))
				if err := atomicfile.RemoveTemporaries(dir); err != nil && !isAbsent(err) {
					return err
				}
				logs[stage] = &tensorboard.Log{Dir: dir}
				fmt.Fprintln(stdout, logs[stage].Dir)
			}
			done, err := e.update(ctx, logs[stage], stage)
			if err != nil {
				return fmt.Errorf("%s: %w", stage, err)
			}
			finished = finished && done
		}
		if !e.follow || finished && len(stagesThere) >= e.definition.Trainings() {
			if len(logs) == 0 {
				return fmt.Errorf("no training of %s has finished an epoch\nrun it, or follow it with --follow", e.dir)
			}
			fmt.Fprintf(stdout, "To see it: tensorboard --logdir %s\n", filepath.Join(e.out, tensorboardFormat))
			return nil
		}
		if len(logs) == 0 && !shownNone {
			fmt.Fprintln(stdout, "waiting for the first epoch")
			shownNone = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(followEvery):
		}
	}
}

// trainings are the stages that have metrics, sorted.
func (e *exporter) trainings() ([]string, error) {
	var all []string
	for _, folders := range []string{"", "seeds/*/"} {
		for _, kind := range []string{"autoencoders", "aggregations", "classifiers"} {
			files, err := filepath.Glob(filepath.Join(e.dir, filepath.FromSlash(folders), kind, "*", metrics.File))
			if err != nil {
				return nil, err
			}
			for _, file := range files {
				stage, err := filepath.Rel(e.dir, filepath.Dir(file))
				if err != nil {
					return nil, err
				}
				all = append(all, filepath.ToSlash(stage))
			}
		}
	}
	slices.Sort(all)
	return all, nil
}

// update brings a training's log up to date. It reports whether the training is
// finished.
func (e *exporter) update(ctx context.Context, log *tensorboard.Log, stage string) (done bool, err error) {
	folder := filepath.Join(e.dir, filepath.FromSlash(stage))
	// Before the metrics, which are whole once there is a result.
	result, err := stages.ReadResult(folder)
	if err != nil && !isAbsent(err) {
		return false, err
	}
	epochs, begun, err := readEpochs(folder)
	if err != nil {
		if result == nil && e.follow {
			return false, nil // a line in the making, or a training that begins anew: look again
		}
		return false, err
	}
	group, parameters, err := e.parameters(stage)
	if err != nil {
		return false, err
	}
	t := &tensorboard.Training{Group: group, Parameters: parameters, Epochs: epochs, Begun: begun, Finished: result != nil}
	if t.Finished && !log.Ended() {
		if t.Images, err = e.show(ctx, log.Dir, stage); err != nil {
			return false, err
		}
	}
	return t.Finished, log.Update(t)
}

// readEpochs reads a training's metrics, and tells when the first epoch began.
func readEpochs(folder string) (epochs []metrics.Epoch, begun time.Time, err error) {
	if epochs, err = metrics.Read(folder); err != nil {
		return nil, begun, err
	}
	info, err := os.Stat(filepath.Join(folder, metrics.File))
	if err != nil {
		return nil, begun, err
	}
	last := epochs[len(epochs)-1]
	return epochs, info.ModTime().Add(-time.Duration(last.Seconds * float64(time.Second))), nil
}

// parameters are a training's settings in the definition, by their keys. Stages of
// different seeds are of one group.
func (e *exporter) parameters(stage string) (group string, all map[string]any, err error) {
	kind, name := path.Base(path.Dir(stage)), path.Base(stage)
	var settings any
	switch kind {
	case "autoencoders":
		settings = e.definition.Autoencoders[name]
	case "aggregations":
		settings = e.definition.Aggregations[name]
	default:
		settings = e.definition.Classifiers[name]
	}
	text, err := yaml.Marshal(settings)
	if err != nil {
		return "", nil, err
	}
	var nested map[string]any
	if err := yaml.Unmarshal(text, &nested); err != nil {
		return "", nil, err
	}
	all = map[string]any{"kind": kind}
	flatten(all, "", nested)
	return kind + "/" + name, all, nil
}

// flatten adds nested settings under keys with dots.
func flatten(all map[string]any, before string, nested map[string]any) {
	for key, value := range nested {
		if inner, is := value.(map[string]any); is {
			flatten(all, before+key+".", inner)
			continue
		}
		all[before+key] = value
	}
}

// reconstructs reports whether a stage's decoder fits its encoder: it was trained
// with it, and the encoder no further without it.
func (e *exporter) reconstructs(stage string) bool {
	c, isClassifier := e.definition.Classifiers[path.Base(stage)]
	switch path.Base(path.Dir(stage)) {
	case "autoencoders":
		return true
	case "classifiers":
		_, trained := e.definition.Autoencoders[c.Encoder]
		return isClassifier && (c.Changes(config.Decoder) || trained && !c.Changes(config.Encoder))
	}
	return false
}

// show writes a network's features for the projector, and returns what it makes of
// test images.
func (e *exporter) show(ctx context.Context, dir, stage string) (map[string]image.Image, error) {
	checkpoint := filepath.Join(e.dir, filepath.FromSlash(stage), train.CheckpointFile)
	if there, err := exists(checkpoint); err != nil || !there {
		return nil, err // a probe without weights
	}
	if e.blind {
		return nil, nil
	}
	if err := e.openImages(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		e.blind = true
		fmt.Fprintf(os.Stderr, "aeprobe: warning: neither reconstructions nor features are shown: %v\n", err)
		return nil, nil
	}
	f, err := e.outputs(ctx, checkpoint)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	if err := e.embedding(f).Write(dir); err != nil {
		return nil, err
	}
	decoded, has := f.Tensors[experiments.OutputReconstructions]
	if !has || !e.reconstructs(stage) {
		return nil, nil
	}
	values, err := decoded.Float32s()
	if err != nil {
		return nil, err
	}
	n := min(reconstructed, decoded.Shape[0])
	size := len(values) / decoded.Shape[0]
	var pictures []image.Image
	for i := range n {
		pictures = append(pictures, vision.Image(e.data.Test.Image(i), e.data.Shape))
	}
	for i := range n {
		pictures = append(pictures, vision.FloatImage(values[i*size:(i+1)*size], e.data.Shape))
	}
	return map[string]image.Image{"test images above reconstructions": vision.Grid(pictures, n, 2)}, nil
}

// embedding are the features of the first test images, with class, prediction and
// picture.
func (e *exporter) embedding(f *weights.File) *tensorboard.Embedding {
	features := f.Tensors[experiments.OutputFeatures]
	n := features.Shape[0]
	predicted := predictedClasses(f)
	all := &tensorboard.Embedding{Values: features.Data, Points: n, Width: features.Shape[1], Columns: []string{"class", "index"},
		SpriteSize: image.Pt(e.data.Shape[2], e.data.Shape[1])}
	if predicted != nil {
		all.Columns = append(all.Columns, "predicted")
	}
	var pictures []image.Image
	for i := range n {
		row := []string{e.data.Classes[e.data.Test.Labels[i]], strconv.Itoa(i)}
		if predicted != nil {
			row = append(row, e.data.Classes[predicted[i]])
		}
		all.Rows = append(all.Rows, row)
		pictures = append(pictures, vision.Image(e.data.Test.Image(i), e.data.Shape))
	}
	all.Sprites = vision.Grid(pictures, int(math.Ceil(math.Sqrt(float64(n)))), 0)
	return all
}

// predictedClasses are those with the largest logits; nil without a classifier.
func predictedClasses(f *weights.File) []int {
	logits, has := f.Tensors[experiments.OutputLogits]
	if !has {
		return nil
	}
	values, err := logits.Float32s()
	if err != nil {
		return nil
	}
	classes := logits.Shape[1]
	predicted := make([]int, logits.Shape[0])
	for i := range predicted {
		row := values[i*classes : (i+1)*classes]
		predicted[i] = slices.Index(row, slices.Max(row))
	}
	return predicted
}
