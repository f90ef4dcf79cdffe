// Package stages decides when a part of a run is done, and in which order the
// parts run. It knows no network: a stage hands it functions.
//
// The rules: a stage is done when its result.json is there, was made from the
// same inputs, and every file that it names has its checksum. Nothing that
// aeprobe did not write is replaced or removed. What cost hours is set aside
// rather than overwritten.
package stages
