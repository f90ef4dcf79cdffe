package main

import (
	"fmt"
	"io"

	"aeprobe/experiments"
)

// show prints the tables of a run directory and where its files are.
func show(w io.Writer, dir string) error {
	results, err := experiments.ReadResults(dir)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n%s\n\n%s\n", results.Table1().Render(), results.Caption(), results.AutoencoderTable().Render())
	return err
}
