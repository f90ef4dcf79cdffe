package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/vision"
)

// TestLeaks refuses a folder's test images among those that an auto-encoder is
// trained on, and warns once of a published set's.
func TestLeaks(t *testing.T) {
	split := func(pixels ...byte) vision.Split {
		return vision.Split{Pixels: pixels, Labels: make([]byte, len(pixels))}
	}
	for _, c := range []struct {
		set, other string
		images     vision.Split
		refused    string
		warnings   int
	}{
		{config.FolderSet, config.FolderSet, split(1, 2, 3), "2 of the 3 images that auto-encoder a is trained on", 0},
		{config.FolderSet, config.FolderSet, split(1, 7, 8), "", 0},
		{"cifar10", "cifar100", split(1, 2, 3), "", 1},
		{"cifar10", config.FolderSet, split(3), "", 1},
	} {
		of := config.Pretraining{Set: c.other}
		d := &config.Definition{Autoencoders: map[string]config.Autoencoder{"a": {Data: &of}, "b": {Data: &of}, "c": {}}}
		data := &vision.Dataset{Name: c.set, Shape: [3]int{1, 1, 1}, Test: split(2, 3, 4), Pretraining: map[config.Pretraining]*vision.Dataset{
			of.Key(): {Name: c.other, Shape: [3]int{1, 1, 1}, Train: c.images}}}
		var log bytes.Buffer
		err := checkLeaks(t.Context(), d, data, slog.New(slog.NewTextHandler(&log, nil)))
		if (err != nil) != (c.refused != "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s and %s: %v, want %q", c.set, c.other, err, c.refused)
		}
		if n := strings.Count(log.String(), "level=WARN"); n != c.warnings {
			t.Errorf("%s and %s: %d warnings, want %d:\n%s", c.set, c.other, n, c.warnings, log.String())
		}
	}
}
