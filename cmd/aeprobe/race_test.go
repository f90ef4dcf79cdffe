//go:build race

package main

// raceDetector tells that tests run under Go's race detector, which takes much
// address space.
const raceDetector = true
