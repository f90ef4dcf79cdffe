//go:build race

// Package race tells tests of Go's race detector, which takes memory and address
// space of its own.
package race

// Enabled tells that it is on.
const Enabled = true
