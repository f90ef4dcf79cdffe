// Package augment changes batches of training images at random, as torchvision
// does: crops, mirror images, loss of colour, other colours.
//
// The rule: what happens to an image depends on the seed, the epoch and the image
// alone, not on its batch, its thread or what was drawn before. So there is no
// generator to keep, a resumed training sees what it would have seen, and the
// numbers of an epoch are drawn before its first step. The work is done on the
// images' device, with nothing to wait for, so that a GPU can record a step.
package augment
