package vision

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"aeprobe/config"
)

// Options says where to look for data. The zero value looks in the set's
// environment variable and in the cache, and downloads.
type Options struct {
	// Dir is where the user says the data is: its folder, the folder above
	// it, or the archive.
	Dir string
	// CacheDir keeps downloads. It defaults to aeprobe/data in
	// $XDG_CACHE_HOME, or in ~/.cache where that is not set.
	CacheDir string
	// Offline forbids the network.
	Offline bool
	// Train and Test keep only the first images of a split; 0 keeps all.
	Train, Test int
	// Prepare is what is done to the images, and where a folder of images is.
	Prepare config.Preparation
	// Unlabelled reads the set's images without labels, and no others.
	Unlabelled bool
	// trainOnly says that the test images do not matter.
	trainOnly bool
	// Log gets what the user should know: what is read, and warnings about
	// data that is not what was asked for. It may be nil.
	Log *slog.Logger
	// Progress hears of a download, in bytes. It may be nil.
	Progress func(done, total int64)
	// Decoded hears of the images of a folder that were decoded, one call at a time.
	// It may be nil.
	Decoded func(done, total int)
}

// Open reads a data set by its name.
//
// A published set is read from the first of o.Dir, the set's environment
// variable (CIFAR10_DIR, SVHN_DIR ...), the cache and a download. Where o.Dir
// or the variable is set, the data has to be there, whole. Files that are
// whole but not the official ones are used and reported; the data set's Origin
// is then Modified. If nothing was named, nothing is cached and nothing can be
// downloaded, "cifar10" becomes the synthetic set, with a warning: check Origin
// or show Title. The other sets are then an error.
//
// "synthetic" is drawn from a fixed seed and needs no file. "folder" is the folder
// of images at o.Prepare.Path.
//
// Errors name the file, the byte where one is at fault, and on a second line
// what to do.
func Open(ctx context.Context, name string, o Options) (*Dataset, error) {
	s, err := lookUp(name)
	if err != nil {
		return nil, err
	}
	d, err := s.open(ctx, o.complete())
	if err != nil {
		return nil, err
	}
	return d.Limit(o.Train, o.Test)
}

// OpenPretraining reads the images that an auto-encoder is trained on, where they
// are not the definition's: they are the data set's training images, and its
// fingerprint is of these alone.
func OpenPretraining(ctx context.Context, p config.Pretraining, o Options) (*Dataset, error) {
	s, err := lookUp(p.Set)
	if err != nil {
		return nil, err
	}
	o.Prepare, o.Unlabelled, o.Train, o.Test = p.Preparation, p.Unlabelled(), p.Train, 0
	o.trainOnly = true
	d, err := s.open(ctx, o.complete())
	if err != nil {
		return nil, err
	}
	if o.Unlabelled {
		d.Called = d.Title() + " without labels"
		d.Train, d.Unlabelled = d.Unlabelled, Split{}
	}
	if err := checkLimit("training", p.Train, d.Train.Len()); err != nil {
		return nil, err
	}
	d.Train, d.Test = d.Train.first(p.Train), Split{}
	d.Fingerprint = fingerprint(d.Train)
	return d, nil
}

// Check says in one line what Open would take a data set from. What is on this
// machine it reads whole, with every check that Open makes, and returns; where
// there is nothing to read, the data set is nil. It uses no network and draws
// nothing. Its errors are Open's, as far as they can be known without the
// network.
func Check(ctx context.Context, name string, o Options) (d *Dataset, found string, err error) {
	s, err := lookUp(name)
	if err != nil {
		return nil, "", err
	}
	return s.check(ctx, o.complete())
}

// complete fills in what may be nil.
func (o Options) complete() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func lookUp(name string) (set, error) {
	s, ok := find(name)
	if !ok {
		return set{}, fmt.Errorf("there is no data set %q\nuse one of %s", name, strings.Join(Sets(), ", "))
	}
	return s, nil
}
