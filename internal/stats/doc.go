// Package stats holds the statistics behind a verdict: intervals, paired tests,
// their correction for many comparisons, and how many images or seeds it would
// take to tell. compare.go states the rule by which a comparison ends in better,
// worse or cannot tell. It needs no libtorch.
//
// Shares and accuracies are from 0 to 1; only Comparison, which is printed, has
// percentage points. A p value is two-sided.
package stats
