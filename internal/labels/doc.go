// Package labels chooses which images a probe gets to see the labels of, and
// measures what a probe makes of ever more of them: description length and
// loss-data curves. It knows neither features nor probes.
//
// Two rules hold. A choice depends on the labels and the seed alone, so that
// every encoder is probed on the same images. What is chosen of a class depends
// on that class's images alone, so that subsets of one seed are nested.
package labels
