package models_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

type seededWeights struct {
	Seed    uint64
	Weights map[string]struct {
		Shape  []int64
		SHA256 string
	}
}

// TestInitialWeightsAreThoseOfPyTorch compares to the bit with what
// torch.manual_seed and the same modules give; bench/pytorch/expected.py made
// the hashes.
func TestInitialWeightsAreThoseOfPyTorch(t *testing.T) {
	if torch.CPUCapability() == "DEFAULT" || torch.CPUCapability() == "NO AVX" {
		t.Skip("without AVX2 PyTorch itself draws other numbers")
	}
	text, err := os.ReadFile("../experiments/testdata/pytorch/init.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Report, Other []seededWeights }
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	report, err := config.Load("report", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, seeded := range want.Report {
		compareWeights(t, report.Model, seeded)
	}
	other := config.Model{Pool: "avg",
		Encoder: []config.Layer{{Type: "conv2d", Out: 8, Kernel: 3, Stride: 1, Padding: 1}, {Type: "relu"},
			{Type: "conv2d", Out: 20, Kernel: 5, Stride: 2, Padding: 2}, {Type: "relu"}},
		Decoder: []config.Layer{{Type: "conv_transpose2d", Out: 8, Kernel: 5, Stride: 2, Padding: 2, OutputPadding: 1}, {Type: "relu"},
			{Type: "conv_transpose2d", Out: 3, Kernel: 3, Stride: 1, Padding: 1}, {Type: "sigmoid"}},
	}
	for _, seeded := range want.Other {
		compareWeights(t, other, seeded)
	}
	if len(want.Report) < 5 || len(want.Other) < 1 {
		t.Error("too few seeds were compared")
	}
}

func compareWeights(t *testing.T, model config.Model, want seededWeights) {
	t.Helper()
	generator, err := torch.NewGenerator(want.Seed)
	if err != nil {
		t.Fatal(err)
	}
	network, err := models.NewClassifier(model, "", [3]int{3, 32, 32}, 10, generator, torch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	defer network.Drop()
	parameters := network.Parameters()
	if len(parameters) != len(want.Weights) {
		t.Errorf("seed %d: %d weights, PyTorch has %d", want.Seed, len(parameters), len(want.Weights))
	}
	for _, p := range parameters {
		values, err := torch.ToSlice[float32](p.Tensor)
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.New()
		if err := binary.Write(hash, binary.LittleEndian, values); err != nil {
			t.Fatal(err)
		}
		w := want.Weights[p.Name]
		if shape := p.Tensor.MustSize(); fmt.Sprint(shape) != fmt.Sprint(w.Shape) {
			t.Errorf("seed %d: %s is %v, PyTorch's %v", want.Seed, p.Name, shape, w.Shape)
		}
		if sum := hex.EncodeToString(hash.Sum(nil)); sum != w.SHA256 {
			t.Errorf("seed %d: %s has other values than PyTorch's", want.Seed, p.Name)
		}
	}
}
