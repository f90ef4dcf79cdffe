package main

import (
	"fmt"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	capacity "aeprobe/internal/machine"
	"aeprobe/internal/torch"
)

// examineCUDA checks the CUDA backend and, if it loads (noCUDA is nil), each
// GPU.
func examineCUDA(noCUDA error) []finding {
	driver := capacity.NVIDIADriver("/")
	if noCUDA != nil {
		return []finding{withoutCUDA(driver, noCUDA), examineGraphs(noCUDA)}
	}
	findings := []finding{{Status: ok, About: "CUDA", Found: fmt.Sprintf("loads; driver %s", driver)}}
	models := capacity.NVIDIAModels("/")
	for i := range torch.CUDADevices() {
		device := torch.Device{CUDA: i}
		f := finding{Status: ok, About: device.String(), Found: "computes"}
		if len(models) == torch.CUDADevices() {
			f.Found += ", " + models[i]
		}
		if err := computes(device); err != nil {
			f.Status, f.Found, f.Remedy = problem, err.Error(), "use another --device until then"
		}
		findings = append(findings, f)
	}
	return append(findings, examineGraphs(nil))
}

// withoutCUDA reports a missing CUDA, which is a problem only if there is a GPU,
// as a driver shows.
func withoutCUDA(driver string, why error) finding {
	if driver == "" {
		return finding{Status: ok, About: "CUDA", Found: fmt.Sprintf("none, and no NVIDIA driver (%v)", why)}
	}
	return finding{Status: problem, About: "CUDA", Found: fmt.Sprintf("driver %s is present, but CUDA does not load: %v", driver, why),
		Remedy: "AEPROBE_LIBTORCH_KIND=cuda ./install-libtorch.sh --again installs libtorch with CUDA; until then use --device cpu"}
}

// computes checks a convolution of ones, with 3 channels, a kernel of 4x4 and a
// bias of 1.
func computes(device torch.Device) error {
	const want = 3*4*4 + 1
	var tensors []*ts.Tensor
	defer func() { torch.Drop(tensors...) }()
	ones := func(shape ...int64) (*ts.Tensor, error) {
		t, err := ts.Ones(shape, gotch.Float, device.Gotch())
		tensors = append(tensors, t)
		return t, err
	}
	x, err := ones(1, 3, 4, 4)
	if err != nil {
		return err
	}
	weight, err := ones(2, 3, 4, 4)
	if err != nil {
		return err
	}
	bias, err := ones(2)
	if err != nil {
		return err
	}
	y, err := ts.Conv2d(x, weight, bias, []int64{1, 1}, []int64{0, 0}, []int64{1, 1}, 1)
	if err != nil {
		return err
	}
	tensors = append(tensors, y)
	numbers, err := torch.ToSlice[float32](y)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if n != want {
			return fmt.Errorf("a convolution on %s gives %v instead of %d", device, n, want)
		}
	}
	return nil
}
