package vision

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"
)

const (
	// syntheticSeed is that of the set Open draws.
	syntheticSeed    = 87
	syntheticTrain   = 50000
	syntheticTest    = 10000
	syntheticClasses = 10
)

func syntheticSet() set {
	return set{
		name: "synthetic", title: "synthetic data (not CIFAR-10)",
		classes: classesOf("synthetic"), shape: cifarShape, train: syntheticTrain, test: syntheticTest,
		open: openSynthetic,
		check: func(context.Context, Options) (*Dataset, string, error) {
			return nil, fmt.Sprintf("synthetic data: drawn by aeprobe, seed %d", syntheticSeed), nil
		},
	}
}

// Synthetic draws a data set with CIFAR-10's classes, names and shape: ten
// kinds of things in varying colours, sizes, poses and surroundings, as many
// of each in every ten images. The seed decides every byte, on every platform,
// and image i of a split is the same however many there are. The counts are 0
// or more; 50,000 and 10,000 take a few seconds. When ctx ends it stops, with
// ctx's error.
func Synthetic(ctx context.Context, seed uint64, train, test int) (*Dataset, error) {
	if train < 0 || test < 0 {
		return nil, fmt.Errorf("cannot draw %d training and %d test images\nask for 0 or more", train, test)
	}
	d := &Dataset{
		Name:    "synthetic",
		Classes: classesOf("synthetic"),
		Shape:   cifarShape,
		Origin:  Drawn,
		Source:  fmt.Sprintf("drawn by aeprobe, seed %d", seed),
	}
	var err error
	if d.Train, err = drawSplit(ctx, seed, trainStream, train); err != nil {
		return nil, err
	}
	if d.Test, err = drawSplit(ctx, seed, testStream, test); err != nil {
		return nil, err
	}
	d.Fingerprint = d.fingerprint()
	return d, nil
}

func openSynthetic(ctx context.Context, o Options) (*Dataset, error) {
	if err := checkLimit("training", o.Train, syntheticTrain); err != nil {
		return nil, err
	}
	if err := checkLimit("test", o.Test, syntheticTest); err != nil {
		return nil, err
	}
	d, err := Synthetic(ctx, syntheticSeed, cmp.Or(o.Train, syntheticTrain), cmp.Or(o.Test, syntheticTest))
	if err != nil {
		return nil, err
	}
	err = prepare(ctx, d, o.Prepare)
	if refused, is := errors.AsType[*refusal](err); is {
		err = fmt.Errorf("an image of %s: %w\n%s", d.Title(), err, refused.remedy)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// The two splits' images come from different random numbers.
const (
	trainStream uint64 = iota
	testStream
)

// drawSplit draws n images, on all processors.
func drawSplit(ctx context.Context, seed, stream uint64, n int) (Split, error) {
	s := newSplit(n, cifarImage)
	const chunk = 500
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < n; from += chunk {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			var c canvas
			for i := from; i < min(from+chunk, n); i++ {
				s.Labels[i] = drawnLabel(seed, stream, i)
				c.draw(int(s.Labels[i]), newRandom(seed, stream, imageNumbers, i))
				c.shrink(s.Image(i))
			}
			return nil
		})
	}
	return s, group.Wait()
}

// drawnLabel is the class of image i: each ten images are a shuffle of the ten
// classes.
func drawnLabel(seed, stream uint64, i int) byte {
	r := newRandom(seed, stream, labelNumbers, i/syntheticClasses)
	var order [syntheticClasses]byte
	for k := range order {
		j := r.between(0, k)
		order[k] = order[j]
		order[j] = byte(k)
	}
	return order[i%syntheticClasses]
}
