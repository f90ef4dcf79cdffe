package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/words"
	"aeprobe/vision"
)

// checkLeaks looks for test images, equal in every pixel, among those that
// auto-encoders are pre-trained on. From folders they are refused: there, other
// images can be named. Published sets have a few images twice, and each other's, which
// are no mistake of the definition's, so the log says how many.
func checkLeaks(ctx context.Context, definition *config.Definition, data *vision.Dataset, log *slog.Logger) error {
	told := map[config.Pretraining]bool{}
	for _, name := range slices.Sorted(maps.Keys(definition.Autoencoders)) {
		of := definition.Autoencoders[name].Data
		if of == nil || told[of.Key()] {
			continue
		}
		told[of.Key()] = true
		other := data.Pretraining[of.Key()]
		if other.Shape != data.Shape {
			continue // experiments refuse it
		}
		n, err := vision.Overlap(ctx, other.Train, data.Test)
		if err != nil {
			return err
		}
		what := fmt.Sprintf("%d of the %s that auto-encoder %s is trained on (%s) are among the test images, pixel for pixel",
			n, words.Count(other.Train.Len(), "image"), name, other.Title())
		switch {
		case n == 0:
		case of.Set == config.FolderSet && data.Name == config.FolderSet:
			return fmt.Errorf("%s\nname images that are kept for no tests: of one folder, give both the same test_share and split_seed; or remove the copies", what)
		default:
			log.Warn(what)
		}
	}
	return nil
}
