package vision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// cifarNames are the classes' short names, in the order of the labels.
var cifarNames = []string{"plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// dirVariable is where the environment says the data is.
const dirVariable = "CIFAR10_DIR"

// cifar10 is how CIFAR-10 is published; tests have smaller ones.
type cifar10 struct {
	layouts []layout // in the order in which they are looked for
	source  download
}

func publishedCIFAR10() cifar10 {
	binary := binaryLayout()
	return cifar10{
		layouts: []layout{binary, pythonLayout()},
		source: download{
			url:  "https://www.cs.toronto.edu/~kriz/" + binary.archive,
			md5:  binary.archiveMD5,
			size: 170052171,

			patience: 30 * time.Second,
			pause:    2 * time.Second,
			attempts: 5,
		},
	}
}

func openCIFAR10(ctx context.Context, o Options) (*Dataset, error) {
	return publishedCIFAR10().open(ctx, o)
}

func whereCIFAR10(o Options) (string, error) {
	return publishedCIFAR10().where(o)
}

// open reads what locate finds, or downloads it, or falls back.
func (c cifar10) open(ctx context.Context, o Options) (*Dataset, error) {
	at, err := c.locate(o)
	if err != nil {
		return nil, err
	}
	if at.path == "" {
		at, err = c.fetch(ctx, o)
		if gone, ok := errors.AsType[*unavailable](err); ok {
			return standIn(ctx, o, gone)
		}
		if err != nil {
			return nil, err
		}
	}
	d, err := c.read(ctx, at)
	if err != nil {
		return nil, err
	}
	o.Log.Info(fmt.Sprintf("%s from %s", d.Title(), at))
	if d.Origin == Modified {
		o.Log.Warn(fmt.Sprintf("%s is whole, but not the official CIFAR-10: every table and figure will say %q", at, d.Title()))
	}
	return d, nil
}

// where describes what open would read.
func (c cifar10) where(o Options) (string, error) {
	at, err := c.locate(o)
	if err != nil {
		return "", err
	}
	if at.path != "" {
		return at.String(), nil
	}
	dir, err := cacheDir(o)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("not on this machine; would be downloaded from %s to %s", c.source.url, dir), nil
}

// standIn is the synthetic set where CIFAR-10 cannot be had.
func standIn(ctx context.Context, o Options, reason error) (*Dataset, error) {
	d, err := openSynthetic(ctx, o)
	if err != nil {
		return nil, err
	}
	o.Log.Warn(fmt.Sprintf("CIFAR-10 is not on this machine and cannot be downloaded (%v): using %s; name a copy with --data or %s",
		reason, d.Title(), dirVariable))
	return d, nil
}

const cacheRemedy = "\nname another folder with XDG_CACHE_HOME, or a copy of the data with --data"

// cacheDir is where downloads are kept.
func cacheDir(o Options) (string, error) {
	if o.CacheDir != "" {
		return o.CacheDir, nil
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "aeprobe", "data"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep downloads in: %w%s", err, cacheRemedy)
	}
	return filepath.Join(home, ".cache", "aeprobe", "data"), nil
}
