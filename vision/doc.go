// Package vision holds the images and labels that experiments learn from.
//
// A [Dataset] is what [Open] returns: two splits of uint8 images in planes,
// [N, channels, height, width], with one label byte each, kept in memory as
// they are. Sets lists the data sets that Open knows; each is one file here
// and one line in the table beside Open.
//
// CIFAR-10 is read in both layouts its authors publish, binary records and
// python pickles, unpacked or as the tar.gz. An archive is read as a stream
// and never unpacked, so no path or link in it can reach the disk. A pickle is
// read by a reader of this package that knows the few opcodes and names a
// batch needs and runs nothing. What each data set is made from is part of it:
// [Dataset.Title] says "CIFAR-10" only of files whose checksums are the
// official ones.
//
// The reference for CIFAR-10 is A. Krizhevsky, Learning Multiple Layers of
// Features from Tiny Images, 2009; the layouts are described at
// https://www.cs.toronto.edu/~kriz/cifar.html.
package vision
