package vision

import (
	"context"
	"slices"

	"aeprobe/config"
)

// set is a data set that Open knows. Its classes, shape and sizes are those that
// package config has for it, to check a definition before anything is read.
type set struct {
	name    string // in a definition
	title   string // in tables and figures
	classes []string
	shape   [3]int
	// train and test are the numbers of images in each split, or the most there
	// can be where they are known only after opening.
	train, test int
	// unlabelled is the number of images without labels.
	unlabelled int

	open func(context.Context, Options) (*Dataset, error)
	// check is what Check does for the set.
	check func(context.Context, Options) (*Dataset, string, error)
}

// sets is the table of data sets. Package config has a line for each, too.
func sets() []set {
	var all []set
	for _, s := range sources() {
		all = append(all, s.set())
	}
	return append(all, folderSet(), syntheticSet())
}

// sources are the published ones.
func sources() []source {
	return []source{
		cifar10(),
		cifar100(),
		svhn(),
		stl10(),
		mnist(),
		fashionMNIST(),
		emnist("balanced", "EMNIST Balanced"),
		emnist("byclass", "EMNIST ByClass"),
		emnist("bymerge", "EMNIST ByMerge"),
		emnist("digits", "EMNIST Digits"),
		emnist("letters", "EMNIST Letters"),
		emnist("mnist", "EMNIST MNIST"),
	}
}

func find(name string) (set, bool) {
	for _, s := range sets() {
		if s.name == name {
			return s, true
		}
	}
	return set{}, false
}

// Sets names the data sets that Open knows.
func Sets() []string {
	var names []string
	for _, s := range sets() {
		names = append(names, s.name)
	}
	return names
}

// classesOf are the names of a set's classes, as definitions have them.
func classesOf(name string) []string {
	set, _ := config.FindSet(name)
	return slices.Clone(set.Classes)
}
