package experiments

import (
	"math"
	"slices"
	"testing"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
	"aeprobe/models"
)

// bf16Network has every kind of layer.
const bf16Network = `model={
  encoder: [{type: conv2d, out: 8, kernel: 4, stride: 2, padding: 1}, {type: batch_norm2d}, {type: relu}, {type: max_pool2d, kernel: 2},
    {type: residual, shortcut: pad, stride: 2, layers: [{type: conv2d, out: 12, kernel: 3, stride: 2, padding: 1, bias: false}, {type: batch_norm2d}]}],
  decoder: [{type: upsample, scale: 2}, {type: avg_pool2d, kernel: 2, stride: 2},
    {type: residual, shortcut: upsample, layers: [{type: upsample}, {type: conv2d, out: 8, kernel: 3, padding: 1}]},
    {type: conv_transpose2d, out: 3, kernel: 4, stride: 4}, {type: sigmoid}], pool: avg}`

// TestBF16 takes a step in mixed precision and one in float32, from the same
// weights and images. bfloat16 rounds to 8 bits: losses and gradients agree to a few
// parts in a hundred, but not to float32's digits, and weights stay float32.
func TestBF16(t *testing.T) {
	definition := smallReport(t, bf16Network, "precision.bf16=true", "autoencoders.l1=null", "autoencoders.mse=null")
	data := smallData(t, definition)
	batch, err := torch.FromSlice([]int64{3, 1, 4, 1, 5, 9, 2, 6}, 8)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(batch)
	tasks := map[string]func(*setup) (*train.Task, func()){
		"auto-encoder": func(s *setup) (*train.Task, func()) {
			task, err := s.newAutoencoderTask(definition.Autoencoders["bce"])
			if err != nil {
				t.Fatal(err)
			}
			return task, task.Drop
		},
		"through the decoder": func(s *setup) (*train.Task, func()) {
			spec := definition.Classifiers["end_to_end"]
			spec.Freeze, spec.Trains, spec.Classify = nil, []string{config.Encoder, config.Decoder, config.Head}, config.ReadsReconstruction
			l, err := s.newLinearOn(t.Context(), spec, s.trainImages)
			if err != nil {
				t.Fatal(err)
			}
			return l.task, l.Drop
		},
	}
	for name, newTask := range tasks {
		t.Run(name, func(t *testing.T) {
			step := func(low bool) (loss float64, gradient []float32) {
				s := newSetup(definition, data, Options{Dir: t.TempDir(), Device: torch.CPU, Threads: 1, Autograd: true})
				s.bf16OnCPU = low
				drop, err := s.loadImages()
				if err != nil {
					t.Fatal(err)
				}
				defer drop()
				task, free := newTask(s)
				defer free()
				for _, p := range task.Trained {
					if err := p.Tensor.RequiresGrad_(true); err != nil {
						t.Fatal(err)
					}
				}
				l, err := task.Loss(batch)
				if err != nil {
					t.Fatal(err)
				}
				defer torch.Drop(l)
				for _, p := range task.Trained {
					if p.Tensor.DType() != gotch.Float {
						t.Errorf("%s is %v", p.Name, p.Tensor.DType())
					}
				}
				return l.Float64Values()[0], gradientOf(t, l, task.Trained)
			}
			exact, g := step(false)
			low, h := step(true)
			if d := math.Abs(low/exact - 1); !(d < 0.03) || low == exact {
				t.Errorf("loss %g in mixed precision, %g in float32", low, exact)
			}
			if d := distance(h, g); !(d < 0.1) || slices.Equal(g, h) {
				t.Errorf("the gradients are %g of their length apart", d)
			}
		})
	}
}

// gradientOf is the gradient of a loss by parameters, one after the other.
func gradientOf(t *testing.T, loss *ts.Tensor, trained []models.Parameter) []float32 {
	t.Helper()
	var parameters []*ts.Tensor
	for _, p := range trained {
		parameters = append(parameters, p.Tensor)
	}
	g, err := torch.Gradient(loss, parameters)
	if err != nil {
		t.Fatal(err)
	}
	defer torch.Drop(g)
	values, err := torch.ToSlice[float32](g)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// distance is the length of a - b in lengths of b.
func distance(a, b []float32) float64 {
	var d, n float64
	for i := range a {
		d += float64(a[i]-b[i]) * float64(a[i]-b[i])
		n += float64(b[i]) * float64(b[i])
	}
	return math.Sqrt(d / n)
}
