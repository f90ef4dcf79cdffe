//go:build !race

package experiments

// racing tells of Go's race detector, which takes memory of its own.
const racing = false
