package plots_test

import (
	"fmt"
	"os"
	"path/filepath"

	"aeprobe/plots"
)

func Example() {
	f, err := plots.LossCurve("Auto-encoder, BCE", []plots.Series{
		{Label: "train", X: []float64{1, 2, 3}, Y: []float64{0.571, 0.559, 0.557}},
		{Label: "test", X: []float64{1, 2, 3}, Y: []float64{0.561, 0.558, 0.556}, Dashed: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	f.Note = "synthetic images · 3 epochs · seed 87"
	dir, err := os.MkdirTemp("", "figures")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := f.Save(filepath.Join(dir, "loss")); err != nil {
		fmt.Println(err)
		return
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, file := range files {
		fmt.Println(file.Name())
	}
	// Output:
	// loss.png
	// loss.svg
}
