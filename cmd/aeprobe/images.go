package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/stages"
	"aeprobe/vision"
)

// This file opens the images of a definition. The rules are:
//
//   - Synthetic images are used if the definition's data.set or --data asks for
//     them.
//   - In place of a set that is not found they are used only in a new run
//     directory, or in one that was made from exactly these images. A run then
//     warns at its beginning and at its end.
//   - Everywhere else a set that is not found is an error. It names the data
//     that the run directory was made from.

// synthetic is the set of images that aeprobe draws, by definition or --data.
const synthetic = "synthetic"

const dataUsage = "`folder` or archive of the images, or \"synthetic\" (default the set's variable, as $CIFAR10_DIR, then the cache, then a download)"

// substitute decides whether drawn images may take the place of a set that was
// not found. The error explains a refusal.
type substitute func(set string, drawn *vision.Dataset) error

// openImages reads the images that a definition asks for, or those that --data
// names.
func openImages(ctx context.Context, d config.Data, named string, decide substitute) (*vision.Dataset, error) {
	set := d.Set
	if named == synthetic {
		set, named = synthetic, ""
	}
	o, done := imageOptions()
	defer done()
	o.Dir, o.Train, o.Test, o.Prepare = named, d.Train, d.Test, d.Preparation
	data, err := vision.Open(ctx, set, o)
	if err != nil {
		return nil, err
	}
	if data.Name != set {
		if err := decide(set, data); err != nil {
			return nil, err
		}
	}
	return data, checkShape(data, d)
}

// checkShape refuses drawn images that are not as the definition's set is, for which
// its networks were checked.
func checkShape(data *vision.Dataset, d config.Data) error {
	want, known := d.Describe()
	if !known || data.Shape == want.Image {
		return nil
	}
	return fmt.Errorf("the images of %s are [%d, %d, %d], and those of the definition's %s are [%d, %d, %d]\n"+
		"set data.size, data.fit and data.channels, which make them so", data.Title(), data.Shape[0], data.Shape[1], data.Shape[2],
		d.Set, want.Image[0], want.Image[1], want.Image[2])
}

// imageOptions are those that every set is opened with. They show downloads and
// decoding; done ends that.
func imageOptions() (o vision.Options, done func()) {
	download, decoding := newDownload(), newDecoding()
	return vision.Options{Log: newLog(), Progress: download.show, Decoded: decoding.count}, func() {
		download.close()
		decoding.close()
	}
}

// openAll is openImages, and the images that the definition's auto-encoders are
// trained on instead.
func openAll(ctx context.Context, definition *config.Definition, named string, decide substitute) (*vision.Dataset, error) {
	data, err := openImages(ctx, definition.Data, named, decide)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(definition.Autoencoders)) {
		of := definition.Autoencoders[name].Data
		if of == nil || data.Pretraining[of.Key()] != nil {
			continue
		}
		if data.Pretraining == nil {
			data.Pretraining = map[config.Pretraining]*vision.Dataset{}
		}
		if data.Pretraining[of.Key()], err = openPretraining(ctx, *of); err != nil {
			return nil, fmt.Errorf("the images of auto-encoder %s: %w", name, err)
		}
	}
	return data, nil
}

// openPretraining reads the images that an auto-encoder is trained on. Drawn ones
// are nobody's stand-in here.
func openPretraining(ctx context.Context, of config.Pretraining) (*vision.Dataset, error) {
	o, done := imageOptions()
	defer done()
	data, err := vision.OpenPretraining(ctx, of, o)
	if err == nil && data.Name != of.Set {
		return nil, fmt.Errorf("%s was not found\nname a copy with its variable (docs/data.md)", titleOf(of.Set))
	}
	return data, err
}

const nameACopy = "name a copy with --data or CIFAR10_DIR, or download one with aeprobe data"

// never refuses drawn images. The remedy tells how to ask for them.
func never(remedy string) substitute {
	return func(set string, _ *vision.Dataset) error {
		return fmt.Errorf("%s was not found\n%s; %s", titleOf(set), nameACopy, remedy)
	}
}

// inSameRun allows drawn images for a run directory that was made from them.
func inSameRun(dir string) substitute {
	return func(set string, drawn *vision.Dataset) error {
		return checkSameRun(dir, set, drawn, false)
	}
}

// inNewRun allows drawn images in a run directory that is new or was made from
// them. It warns, and afterwards repeat warns again.
func inNewRun(dir string) (decide substitute, repeat func()) {
	substituted := ""
	repeat = func() {
		if substituted != "" {
			warnOfSynthetic(substituted)
		}
	}
	decide = func(set string, drawn *vision.Dataset) error {
		empty, err := stages.IsNew(dir)
		if err == nil && !empty {
			err = checkSameRun(dir, set, drawn, true)
		}
		if err != nil {
			return err
		}
		substituted = titleOf(set)
		repeat()
		return nil
	}
	return decide, repeat
}

// checkSameRun names the data that a run directory was made from, if it was not
// the drawn images. With out there is an --out to start another.
func checkSameRun(dir, set string, drawn *vision.Dataset, out bool) error {
	same, other, err := madeFrom(dir, drawn.Fingerprint)
	if same || err != nil {
		return err
	}
	why := fmt.Sprintf("%s is neither new nor a run made from synthetic images", dir)
	if other != nil {
		why = fmt.Sprintf("the run in %s was made from %v", dir, other)
	}
	remedy := nameACopy
	if out {
		remedy += "; for synthetic images, use --data synthetic and another --out"
	}
	return fmt.Errorf("%s was not found, and %s\n%s", titleOf(set), why, remedy)
}

// warnOfSynthetic cannot be overlooked.
func warnOfSynthetic(title string) {
	frame := strings.Repeat("*", 78)
	fmt.Fprintf(os.Stderr, `%s
aeprobe: warning: %s WAS NOT FOUND. THIS RUN USES SYNTHETIC IMAGES INSTEAD.

Its numbers say nothing about %s. Its tables and figures are all marked
"synthetic data". To use %s, name a copy with --data or CIFAR10_DIR and
another --out.
%s
`, frame, strings.ToUpper(title), title, title, frame)
}
