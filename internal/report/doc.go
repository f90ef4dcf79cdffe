// Package report says what a run's numbers are: results.json, the tables, the
// page, and the warnings that the numbers must not be shown without. It computes
// from stored results and predictions alone and needs no libtorch.
package report
