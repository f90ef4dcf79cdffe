package torch_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

func readExpected(t *testing.T, name string, v any) {
	t.Helper()
	text, err := os.ReadFile("../../experiments/testdata/pytorch/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

// tensor is a CPU tensor that the test drops at its end.
func tensor[T torch.Element](t *testing.T, values []T, shape ...int64) *ts.Tensor {
	t.Helper()
	if shape == nil {
		shape = []int64{int64(len(values))}
	}
	made, err := torch.FromSlice(values, shape...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { torch.Drop(made) })
	return made
}

// TestShuffleIsThatOfPyTorch draws as many numbers as the networks' weights
// take, and then three epochs' orders. Every uniform number takes one draw.
func TestShuffleIsThatOfPyTorch(t *testing.T) {
	const autoencoderWeights, classifierWeights = 47355, 47355 + 490
	var want struct {
		Seed   uint64
		Orders []struct {
			Network string
			N       int
			Epochs  []struct {
				First  []int64
				SHA256 string
			}
		}
	}
	readExpected(t, "order.json", &want)
	for _, o := range want.Orders {
		g, err := torch.NewGenerator(want.Seed)
		if err != nil {
			t.Fatal(err)
		}
		draws := autoencoderWeights
		if o.Network == "classifier" {
			draws = classifierWeights
		}
		weights := tensor(t, make([]float32, draws))
		if err := g.Uniform(weights, 0, 1); err != nil {
			t.Fatal(err)
		}
		for epoch, e := range o.Epochs {
			order, err := g.Shuffle(o.N)
			if err != nil {
				t.Fatal(err)
			}
			indices, err := torch.ToSlice[int64](order)
			torch.Drop(order)
			if err != nil {
				t.Fatal(err)
			}
			hash := sha256.New()
			if err := binary.Write(hash, binary.LittleEndian, indices); err != nil {
				t.Fatal(err)
			}
			if sum := hex.EncodeToString(hash.Sum(nil)); sum != e.SHA256 {
				t.Errorf("%s, %d images, epoch %d: begins %v, PyTorch's %v", o.Network, o.N, epoch+1, indices[:5], e.First[:5])
			}
		}
	}
	if len(want.Orders) == 0 {
		t.Error("nothing was compared")
	}
}

// TestAdamIsThatOfPyTorch gives the optimizer chosen gradients: those of the
// sum of parameter times gradient.
func TestAdamIsThatOfPyTorch(t *testing.T) {
	var want struct {
		Shapes map[string][]int64
		Start  map[string][]float32
		Runs   []struct {
			LR    float64
			Steps []struct{ Gradients, Values map[string][]float32 }
		}
	}
	readExpected(t, "adam.json", &want)
	names := []string{"a", "b"}
	for _, run := range want.Runs {
		var parameters []*ts.Tensor
		for _, name := range names {
			parameters = append(parameters, tensor(t, want.Start[name], want.Shapes[name]...))
		}
		adam, err := torch.NewAdam(parameters, torch.OptimizerSettings{LearningRate: run.LR, Parts: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer adam.Drop()
		for i, step := range run.Steps {
			loss := tensor(t, []float32{0})
			for k, name := range names {
				product, err := parameters[k].Mul(tensor(t, step.Gradients[name], want.Shapes[name]...), false)
				if err != nil {
					t.Fatal(err)
				}
				sum := product.MustSum(product.DType(), true)
				loss = loss.MustAdd(sum, false)
				torch.Drop(sum)
			}
			if err := adam.Minimize(loss); err != nil {
				t.Fatal(err)
			}
			torch.Drop(loss)
			for k, name := range names {
				got, err := torch.ToSlice[float32](parameters[k])
				if err != nil {
					t.Fatal(err)
				}
				for j, v := range step.Values[name] {
					if math.Abs(float64(got[j]-v)) > 1e-6 {
						t.Errorf("learning rate %g, step %d: %s[%d] is %g, PyTorch's %g", run.LR, i+1, name, j, got[j], v)
					}
				}
			}
		}
	}
	if len(want.Runs) == 0 {
		t.Error("nothing was compared")
	}
}

func TestGeneratorGoesOnFromItsState(t *testing.T) {
	g, err := torch.NewGenerator(5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Int64(); err != nil {
		t.Fatal(err)
	}
	state, err := g.State()
	if err != nil {
		t.Fatal(err)
	}
	first, err := g.Int64()
	if err != nil {
		t.Fatal(err)
	}
	other, err := torch.NewGenerator(6)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.SetState(state); err != nil {
		t.Fatal(err)
	}
	if second, err := other.Int64(); err != nil || second != first {
		t.Errorf("drew %d, then from the same state %d, %v", first, second, err)
	}
	if err := other.SetState(state[:10]); err == nil {
		t.Error("a state of 10 bytes was taken")
	}
}

func TestNoGradRestoresWhatWas(t *testing.T) {
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	defer unpin()
	w := tensor(t, []float32{2})
	if _, err := torch.NewAdam([]*ts.Tensor{w}, torch.OptimizerSettings{LearningRate: 0.1, Parts: 1}); err != nil {
		t.Fatal(err)
	}
	needsGradient := func() bool {
		product := w.MustMul(w, false)
		defer torch.Drop(product)
		return product.MustRequiresGrad()
	}
	err = torch.NoGrad(func() error {
		if needsGradient() {
			t.Error("recorded within NoGrad")
		}
		return torch.NoGrad(func() error { return nil })
	})
	if err != nil || !needsGradient() {
		t.Errorf("not recorded after NoGrad, %v", err)
	}
}

func TestErrorsOfLibtorchAreOneLine(t *testing.T) {
	if _, err := torch.Images(tensor(t, []uint8{1}, 1, 1, 1, 1), tensor(t, []int64{1})); err == nil || len(err.Error()) > 300 {
		t.Errorf("got %v", err)
	}
	if _, err := torch.FromSlice([]float32{1, 2}, 3); err == nil {
		t.Error("two values filled a tensor of three")
	}
	if _, err := torch.ParseDevice("tpu"); err == nil {
		t.Error("a device named tpu was taken")
	}
}
