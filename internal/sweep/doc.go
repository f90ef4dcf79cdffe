// Package sweep plans, runs and collects many runs of one definition, on one
// machine or on a cluster. It knows no network: a run is the program's own
// command, and its result a run directory.
//
// The rules:
//
//   - A sweep is a folder. Whatever an engine forgets, the folder knows: there is
//     no other state.
//   - plan alone writes sweep.yaml, base.yaml and runs.tsv. It appends runs and
//     never renumbers them. What decides bits besides the definition (the images,
//     the device, the threads, the processor's instructions, libtorch) is fixed
//     there, and every task checks it.
//   - A run is one folder, made by one process at a time. Asking for it twice does
//     it once.
//   - Nothing is chosen by a number of the test images.
package sweep
