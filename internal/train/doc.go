// Package train trains a network: it shuffles, steps, tests, and keeps
// checkpoints that a killed training resumes from with the same bits. It knows
// no definition, no stage and no table; train.go is the loop.
package train
