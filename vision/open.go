package vision

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// Options says where data is looked for. The zero value looks in CIFAR10_DIR
// and in the cache, and downloads.
type Options struct {
	// Dir is where the user says the data is: its folder, the folder above
	// it, or the archive.
	Dir string
	// CacheDir keeps what is downloaded. It defaults to aeprobe/data in
	// $XDG_CACHE_HOME, or in ~/.cache where that is not set.
	CacheDir string
	// Offline forbids the network.
	Offline bool
	// Train and Test keep only the first images of a split; 0 keeps all.
	Train, Test int
	// Log gets what the user should know: what is read, and as warnings what
	// is not what was asked for. It may be nil.
	Log *slog.Logger
	// Progress hears of a download, in bytes. It may be nil.
	Progress func(done, total int64)
}

// set is one data set that Open knows.
type set struct {
	name  string
	title string
	open  func(context.Context, Options) (*Dataset, error)
	// where says in one line where the data would come from.
	where func(Options) (string, error)
}

// sets is the table of data sets.
func sets() []set {
	return []set{
		{"cifar10", "CIFAR-10", openCIFAR10, whereCIFAR10},
		{"synthetic", "synthetic data (not CIFAR-10)", openSynthetic, whereSynthetic},
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

// Open reads a data set by its name.
//
// "cifar10" is read from the first of o.Dir, the environment's CIFAR10_DIR,
// the cache and a download. Where o.Dir or CIFAR10_DIR is set, the data has to
// be there, whole. Files that are whole but not the official ones are used and
// reported; the data set's Origin is then Modified. Where nothing was named,
// nothing is cached and the network gives nothing, the result is the synthetic
// set, with a warning: check Origin or show Title.
//
// "synthetic" is drawn from a fixed seed and needs no file.
//
// Errors name the file, the byte where one is at fault, and on a second line
// what to do.
func Open(ctx context.Context, name string, o Options) (*Dataset, error) {
	s, err := lookUp(name)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d, err := s.open(ctx, o)
	if err != nil {
		return nil, err
	}
	return d.Limit(o.Train, o.Test)
}

// Where says in one line where Open would take a data set from, without
// reading it and without the network. The error is about what o.Dir or
// CIFAR10_DIR names.
func Where(name string, o Options) (string, error) {
	s, err := lookUp(name)
	if err != nil {
		return "", err
	}
	return s.where(o)
}

func lookUp(name string) (set, error) {
	s, ok := find(name)
	if !ok {
		return set{}, fmt.Errorf("there is no data set %q\nuse one of %s", name, strings.Join(Sets(), ", "))
	}
	return s, nil
}
