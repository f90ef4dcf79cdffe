//go:build race

package experiments

const racing = true
