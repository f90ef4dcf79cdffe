package vision

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"aeprobe/config"
)

// source is a published data set: how it is called, where it is found and how
// its files are laid out. Locating, fetching, unpacking and reading work on any
// source, so a new set is a function that returns one and a line in sources.
type source struct {
	name    string // in a definition: cifar10
	title   string // in tables and figures: CIFAR-10
	classes []string
	shape   [3]int // of an image: channels, height, width

	// variable is the environment variable that says where the data is.
	variable string
	// layouts in the order in which they are looked for. The first one's
	// archive is what download gets.
	layouts  []layout
	download download
	// standIn says that the synthetic set may take this one's place, which
	// makes sense only where it has the same classes and shape.
	standIn bool
	// staysPacked keeps the downloaded archive, because other sets are in it, too.
	staysPacked bool
	// most is, of a part of a set, how many bytes the archive of all of it unpacks
	// to; 0 for a whole one.
	most int64
}

// row is what package config knows of the set.
func (s source) row() config.Set {
	row, _ := config.FindSet(s.name)
	return row
}

// part is the set with only its labelled images, or only those without labels.
func (s source) part(unlabelled bool) source {
	s.most = s.unpacked()
	s.layouts = slices.Clone(s.layouts)
	for i := range s.layouts {
		l := &s.layouts[i]
		l.files = slices.DeleteFunc(slices.Clone(l.files), func(f file) bool { return (f.split == unlabelledSplit) != unlabelled })
	}
	return s
}

// unpacked is how many bytes an archive of the set unpacks to, at most.
func (s source) unpacked() int64 { return max(s.most, mostUnpacked(s.layouts)) }

// published is a file to download: its MD5 and its size in bytes.
func published(url, md5 string, size int64) download {
	return download{
		url: url, md5: md5, size: size,
		patience: 30 * time.Second,
		pause:    2 * time.Second,
		attempts: 5,
	}
}

func (s source) set() set {
	l := s.layouts[0]
	return set{
		name: s.name, title: s.title, classes: s.classes, shape: s.shape,
		train: l.images(trainSplit), test: l.images(testSplit), unlabelled: l.images(unlabelledSplit),
		open: s.open, check: s.check,
	}
}

// open reads what locate finds, or downloads it, or falls back.
func (s source) open(ctx context.Context, o Options) (*Dataset, error) {
	at, err := s.locate(o)
	if err != nil {
		return nil, err
	}
	if at.path == "" {
		at, err = s.fetch(ctx, o)
		if gone, ok := errors.AsType[*unavailable](err); ok {
			return s.insteadOf(ctx, o, gone)
		}
		if err != nil {
			return nil, err
		}
	}
	whole := s
	s = s.part(o.Unlabelled)
	if len(s.layouts[0].files) == 0 {
		return nil, fmt.Errorf("%s has no images without labels\nset images: %s", s.title, config.TrainImages)
	}
	d, err := s.read(ctx, at)
	if err != nil {
		return nil, err
	}
	if err := whole.checkCounts(d, o); err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	if d.Origin == Unchecked && whole.fewer(d, o.Unlabelled) {
		d.Origin = Modified
	}
	o.Log.Info(fmt.Sprintf("%s from %s", d.Title(), at))
	switch {
	case d.Origin == Modified && whole.fewer(d, o.Unlabelled):
		o.Log.Warn(fmt.Sprintf("%s has fewer images than the official %s: every table and figure will say %q", at, s.title, d.Title()))
	case d.Origin == Modified:
		o.Log.Warn(fmt.Sprintf("%s is whole, but not the official %s: every table and figure will say %q", at, s.title, d.Title()))
	case d.Origin == Unchecked:
		o.Log.Warn(fmt.Sprintf("%s is whole, but no checksums of these files are known: every table and figure will say %q", at, d.Title()))
	}
	if err := prepare(ctx, d, o.Prepare); err != nil {
		return nil, err
	}
	return d, nil
}

// fewer reports whether a copy has fewer images than the set.
func (s source) fewer(d *Dataset, unlabelled bool) bool {
	l := s.layouts[0]
	if unlabelled {
		return d.Unlabelled.Len() < l.images(unlabelledSplit)
	}
	return d.Train.Len() < l.images(trainSplit) || d.Test.Len() < l.images(testSplit)
}

// checkCounts refuses a copy with fewer images than the set has, unless so many
// are asked for: a definition must not depend on which copy is found.
func (s source) checkCounts(d *Dataset, o Options) error {
	l := s.layouts[0]
	if l.files[0].format.count == nil {
		return nil // every copy is whole
	}
	for _, part := range []struct {
		split     split
		name, key string
		asked     int
	}{
		{trainSplit, "training", "data.train", o.Train}, {testSplit, "test", "data.test", o.Test},
		{unlabelledSplit, "unlabelled", "train", o.Train},
	} {
		have, want := d.split(part.split).Len(), l.images(part.split)
		if have == want || (part.split == unlabelledSplit) != o.Unlabelled || part.split == testSplit && o.trainOnly || part.asked > 0 && part.asked <= have {
			continue
		}
		return fmt.Errorf("this copy has only %d of the %d %s images\nname a whole one, or set %s: %d to use these", have, want, part.name, part.key, have)
	}
	return nil
}

// check reads what locate finds, or says where it would be downloaded from.
func (s source) check(ctx context.Context, o Options) (*Dataset, string, error) {
	at, err := s.locate(o)
	if err != nil {
		return nil, "", err
	}
	if at.path == "" {
		dir, err := cacheDir(o)
		if err != nil {
			return nil, "", err
		}
		return nil, fmt.Sprintf("%s: not on this machine; would be downloaded from %s to %s", s.title, s.download.url, dir), nil
	}
	d, err := s.part(false).read(ctx, at)
	if err != nil {
		return nil, "", err
	}
	found := fmt.Sprintf("%s: %s, read whole: %d training and %d test images", d.Title(), at, d.Train.Len(), d.Test.Len())
	switch d.Origin {
	case Official:
		found += ", MD5 as published"
	case Unchecked:
		found += ", MD5s not known"
	default:
		found += ", MD5 not as published"
	}
	return d, found, nil
}

// insteadOf is the synthetic set, where it may stand in for one that cannot be
// had.
func (s source) insteadOf(ctx context.Context, o Options, reason error) (*Dataset, error) {
	if !s.standIn {
		return nil, fmt.Errorf("%s is not on this machine and cannot be downloaded: %w\nname a copy with --data or %s",
			s.title, reason, s.variable)
	}
	d, err := openSynthetic(ctx, o)
	if err != nil {
		return nil, err
	}
	o.Log.Warn(fmt.Sprintf("%s is not on this machine and cannot be downloaded (%v): using %s; name a copy with --data or %s",
		s.title, reason, d.Title(), s.variable))
	return d, nil
}

// empty is a data set that has everything but images.
func (s source) empty() *Dataset {
	return &Dataset{Name: s.name, Classes: slices.Clone(s.classes), Shape: s.shape}
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
