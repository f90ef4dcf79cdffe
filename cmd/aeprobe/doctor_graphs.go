package main

import (
	"fmt"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// examineGraphs checks the library of CUDA graphs, which training on a GPU needs
// to be fast, and tries it if there is a GPU (noCUDA is nil).
func examineGraphs(noCUDA error) finding {
	f := finding{Status: ok, About: "graphs"}
	path, err := torch.CUDALibrary()
	switch {
	case err != nil && noCUDA != nil:
		f.Found = "no CUDA graphs, and no GPU to need them"
		return f
	case noCUDA != nil:
		f.Found = fmt.Sprintf("CUDA graphs in %s, not tested without a GPU", path)
		return f
	}
	if err = torch.LoadGraphs(); err == nil {
		err = replays(torch.Device{CUDA: 0})
	}
	if err != nil {
		f.Status, f.Found = warning, fmt.Sprintf("no CUDA graphs: %v", err)
		f.Remedy = "./install-libtorch.sh tells what they need; without them training on a GPU is slow"
		return f
	}
	f.Found = "CUDA graphs replay, from " + path
	return f
}

// replays checks a graph that doubles a number.
func replays(device torch.Device) error {
	return torch.OnOwnStream(device, func() error {
		x, err := ts.Ones([]int64{1}, gotch.Float, device.Gotch())
		if err != nil {
			return err
		}
		defer torch.Drop(x)
		double := func() error {
			twice, err := x.Add(x, false)
			if err != nil {
				return err
			}
			defer torch.Drop(twice)
			return torch.Copy(x, twice)
		}
		if err := double(); err != nil {
			return err
		}
		graph, err := torch.Capture(double)
		if err != nil {
			return err
		}
		defer graph.Drop()
		for range 3 {
			if err := graph.Replay(); err != nil {
				return err
			}
		}
		numbers, err := torch.ToSlice[float32](x)
		if err != nil {
			return err
		}
		if numbers[0] != 16 {
			return fmt.Errorf("1 doubled four times gives %v on %s", numbers[0], device)
		}
		return nil
	})
}
