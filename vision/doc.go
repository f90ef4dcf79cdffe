// Package vision holds the images and labels that experiments learn from.
//
// A [Dataset] is what [Open] returns: two splits of uint8 images in planes,
// [N, channels, height, width], with one label byte each, kept in memory as
// they are. [Resident] brings a split to a device, and [Subset] picks some of
// its images there; both are [Images].
//
// Sets lists the data sets that Open knows. A published one is a file here that
// returns a source (names, addresses, MD5s, how its files are laid out), its
// line in sources, and its line in package config's list; nothing else knows
// which sets there are. A set that is not published, or has no fixed files, is
// a function that returns a set.
//
// CIFAR-10 and CIFAR-100 are read in both layouts their authors publish, binary
// records and python pickles: unpacked, or as a tar.gz, tar or zip. What an
// archive is, its content tells, not its name. It is never unpacked outside the
// cache, and nothing goes by a path or link in it, so none can reach the disk.
// A pickle is read by a reader of this package that knows the few opcodes and
// names a batch needs and runs nothing. What each data set is made from is part
// of it: [Dataset.Title] says "CIFAR-10" only of files whose checksums are the
// official ones.
//
// The reference for both is A. Krizhevsky, Learning Multiple Layers of Features
// from Tiny Images, 2009; the layouts are described at
// https://www.cs.toronto.edu/~kriz/cifar.html.
package vision
