package experiments

import (
	"fmt"
	"slices"
	"strings"

	"aeprobe/config"
)

// checkCounts refuses a study that asks for more images of a class than the
// smallest one has. The definition's check takes classes to be equally large.
func (s *setup) checkCounts() error {
	study := s.definition.Study
	trainClass, trainImages := s.smallestClass(s.data.Train.Labels)
	testClass, testImages := s.smallestClass(s.data.Test.Labels)
	for _, demand := range []struct {
		key          string
		measures     []string
		asked        int
		class, split string
		images       int
	}{
		{"few_labels.per_class", []string{"few_labels", fromScratch}, slices.Max(study.FewLabels.PerClass), trainClass, "training", trainImages},
		{"clusters.labels", []string{"clusters"}, slices.Max(study.Clusters.Labels), trainClass, "training", trainImages},
		{"episodes", []string{"episodes"}, study.Episodes.Queries + slices.Max(append([]int{0}, study.Episodes.Shots...)), testClass, "test", testImages},
	} {
		if demand.asked > demand.images && slices.ContainsFunc(demand.measures, study.Has) {
			return &config.FieldError{Path: strings.Split("study."+demand.key, "."), Err: fmt.Errorf("%d images of each class are asked for, and %s has %d %s images\nask for at most %d",
				demand.asked, demand.class, demand.images, demand.split, demand.images)}
		}
	}
	return nil
}

// smallestClass is the class with the fewest images among labels, and how many;
// classes without any do not count.
func (s *setup) smallestClass(labels []byte) (name string, images int) {
	counts := make([]int, len(s.data.Classes))
	for _, label := range labels {
		counts[label]++
	}
	for class, n := range counts {
		if n > 0 && (images == 0 || n < images) {
			name, images = s.data.Classes[class], n
		}
	}
	return name, images
}
