package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// examineCUDA looks at the CUDA backend, and at each GPU if it loads: where
// noCUDA is nil.
func examineCUDA(noCUDA error) []finding {
	driver := nvidiaDriver("/")
	if noCUDA != nil {
		return []finding{withoutCUDA(driver, noCUDA), examineGraphs(noCUDA)}
	}
	findings := []finding{{Status: ok, About: "CUDA", Found: fmt.Sprintf("loads; driver %s", driver)}}
	models := nvidiaModels("/")
	for i := range torch.CUDADevices() {
		device := torch.Device{CUDA: i}
		f := finding{Status: ok, About: device.String(), Found: "computes"}
		if len(models) == torch.CUDADevices() {
			f.Found += ", " + models[i]
		}
		if err := computes(device); err != nil {
			f.Status, f.Found, f.Remedy = problem, err.Error(), "another --device works meanwhile"
		}
		findings = append(findings, f)
	}
	return append(findings, examineGraphs(nil))
}

// withoutCUDA says why there is none. It is a problem only where there is a
// GPU to be used, which a driver tells of.
func withoutCUDA(driver string, why error) finding {
	if driver == "" {
		return finding{Status: ok, About: "CUDA", Found: fmt.Sprintf("none, for there is no NVIDIA driver (%v)", why)}
	}
	return finding{Status: problem, About: "CUDA", Found: fmt.Sprintf("driver %s is there, but: %v", driver, why),
		Remedy: "AEPROBE_LIBTORCH_KIND=cuda ./install-libtorch.sh --again installs libtorch with CUDA; --device cpu works meanwhile"}
}

var driverVersion = regexp.MustCompile(`\d+\.\d+(\.\d+)?`)

// nvidiaDriver is the version of the machine's NVIDIA driver, "unknown" where
// only its device is there, and empty where there is none. Root is / but in
// tests.
func nvidiaDriver(root string) string {
	text, err := os.ReadFile(filepath.Join(root, "proc/driver/nvidia/version"))
	if err == nil {
		if version := driverVersion.FindString(string(text)); version != "" {
			return version
		}
	}
	if err == nil || exists(filepath.Join(root, "dev/nvidiactl")) {
		return "of unknown version"
	}
	return ""
}

// nvidiaModels are the names of the GPUs that the driver knows.
func nvidiaModels(root string) []string {
	files, _ := filepath.Glob(filepath.Join(root, "proc/driver/nvidia/gpus/*/information")) // the pattern is right
	var models []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if name, found := strings.CutPrefix(line, "Model:"); found {
				models = append(models, strings.TrimSpace(name))
			}
		}
	}
	return models
}

// computes tries a convolution of known result: of ones, over 3 channels and a
// kernel of 4 by 4, with a bias of 1.
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
