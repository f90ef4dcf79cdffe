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
// Every set is read in the layouts that its authors publish: CIFAR-10 and
// CIFAR-100 as binary records and python pickles, SVHN as MAT-files, STL-10 as
// planes, MNIST and its relatives as IDX; unpacked, or as a tar.gz, tar or zip.
// A folder of the user's own images is decoded once and kept in the cache. What a
// definition says of size and channels is done to the images of all of them.
//
// What an archive is, its content tells, not its name. It is never unpacked outside
// the cache, and nothing goes by a path or link in it, so none can reach the disk.
// A pickle is read by a reader of this package that knows the few opcodes and
// names a batch needs and runs nothing. What each data set is made from is part
// of it: [Dataset.Title] says "CIFAR-10" only of files whose checksums are the
// official ones.
//
// The reference for CIFAR is A. Krizhevsky, Learning Multiple Layers of Features
// from Tiny Images, 2009; the layouts are described at
// https://www.cs.toronto.edu/~kriz/cifar.html.
package vision
