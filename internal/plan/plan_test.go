package plan

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// random is a network of a drawn list of layers.
func random(seed uint64) Network {
	b := newBuilder(seed, [3]int{1 + int(seed%4), 9 + int(seed%5), 8 + int(seed%3)}, 40, 7)
	shape := b.n.Examples.Shape
	for range 1 + b.IntN(3) {
		in := b.shape(b.last())
		kernel := 1 + b.IntN(min(4, in[1], in[2]))
		b.conv(b.last(), 1+b.IntN(20), kernel, 1+b.IntN(2), b.IntN(kernel), b.IntN(2) == 0, b.IntN(3) > 0)
		switch b.IntN(5) {
		case 0:
			b.point(ReLU, b.last())
		case 1:
			b.point(Sigmoid, b.last())
		case 2:
			if in := b.shape(b.last()); in[1] > 2 && in[2] > 2 {
				b.add(Layer{Kind: MaxPool, Input: b.last(), Kernel: [2]int{3, 3}, Stride: 2, Padding: 1,
					Out: [3]int{in[0], (in[1]-1)/2 + 1, (in[2]-1)/2 + 1}})
			}
		}
	}
	maps := b.last()
	if b.IntN(2) == 0 { // back to the images' shape, and a classifier beside it
		in := b.shape(maps)
		b.convTranspose(maps, 1+b.IntN(9), 3, 2, 1, b.IntN(2), true, true)
		b.trained = b.IntN(2) == 0
		in = b.shape(b.last())
		b.add(b.resizing(b.last(), in, shape))
		b.loss([]LossKind{BCEExact, BCEClamped, L1, MSE, L1Sigmoid, MSESigmoid}[b.IntN(6)], b.last(), 1)
		if b.IntN(2) == 0 {
			b.loss(MSE, b.last(), 0.25)
		}
		b.trained = true
	}
	if alone := len(b.n.Losses) == 0; alone || b.IntN(2) == 0 {
		first := len(b.n.Layers)
		if b.IntN(3) > 0 {
			b.pool([]Kind{Mean, Maximum}[b.IntN(2)], maps)
			maps = b.last()
		}
		b.linear(maps, 7)
		b.loss(CrossEntropy, b.last(), 0.5)
		b.n.Layers[first].Detached = !alone && b.IntN(2) == 0
	}
	return b.n
}

// resizing is a product that makes a map of shape in one of shape out.
func (b *builder) resizing(input int, in, out [3]int) Layer {
	n := len(b.n.Layers)
	kernel := func(i int) int { return max(in[i], out[i]) - min(in[i], out[i]) + 1 }
	l := Layer{Kind: Conv, Input: input, Out: out, Kernel: [2]int{kernel(1), kernel(2)}, Stride: 1}
	switch {
	case in[1] <= out[1] && in[2] <= out[2]:
		l.Kind = ConvTranspose
	case in[1] < out[1] || in[2] < out[2]: // pad one side, cut the other
		l.Padding = max(out[1]-in[1], out[2]-in[2])
		l.Kernel = [2]int{in[1] + 2*l.Padding - out[1] + 1, in[2] + 2*l.Padding - out[2] + 1}
	}
	b.product(l, in, true)
	l = b.n.Layers[n]
	b.n.Layers = b.n.Layers[:n]
	return l
}

// parameters are the memory of everything that a network trains.
func parameters(n Network) [][]float32 {
	var all [][]float32
	for _, l := range n.Layers {
		for _, p := range []Parameter{l.Weight, l.Bias} {
			if p.Average != nil {
				all = append(all, p.Weights, p.Average, p.Square)
			}
		}
	}
	return all
}

// sameBits tells 0 from -0.
func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

func makePlan(t *testing.T, n Network, batch, threads int, narrow bool, step []float32) *Plan {
	t.Helper()
	p, err := New(n, Training{Batch: batch, Threads: threads, LearningRate: 1e-3, Step: step, Narrow: narrow})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func requirePlans(t testing.TB) {
	if !Supported() {
		t.Skip("this processor has no AVX2")
	}
}

// TestGradients compares gradients and losses of many networks with those in
// float64, for batches with a group that is not full.
func TestGradients(t *testing.T) {
	requirePlans(t)
	for seed := range uint64(80) {
		n := random(seed)
		batch := order(seed, 40)[:1+int(seed*7%40)]
		want := newReference(n)
		wantLoss := want.step(batch)
		p := makePlan(t, n, len(batch), 1, false, make([]float32, 1))
		losses := make([]float32, 1)
		run(t, p, batch, losses, 0, 1)
		name := fmt.Sprintf("seed %d", seed)
		if d := math.Abs(float64(losses[0])-wantLoss) / wantLoss; !(d < 2e-6) {
			t.Errorf("%s: loss %g, want %g", name, losses[0], wantLoss)
		}
		for i, l := range n.Layers {
			closeTo(t, fmt.Sprintf("%s: layer %d, weight", name, i), p.gradient(i, len(l.Weight.Weights), false), want.weights[i])
			closeTo(t, fmt.Sprintf("%s: layer %d, bias", name, i), p.gradient(i, len(l.Bias.Weights), true), want.biases[i])
		}
	}
}

// closeTo compares a gradient with one in float64: to a share of its largest
// element, for others are sums of what nearly cancels.
func closeTo(t *testing.T, name string, got []float32, want []float64) {
	t.Helper()
	if got == nil {
		return
	}
	var largest, worst float64
	for _, x := range want {
		largest = max(largest, math.Abs(x))
	}
	for i, x := range want {
		if d := math.Abs(float64(got[i]) - x); !(d <= worst) {
			worst = d
		}
	}
	if !(worst <= 1e-5*largest+1e-12) {
		t.Errorf("%s: differs by %g, the largest is %g", name, worst, largest)
	}
}

// TestSameBits trains networks in several ways that must give the same bits: on
// more threads or fewer, in one call or in many, with narrow vectors or wide.
func TestSameBits(t *testing.T) {
	requirePlans(t)
	networks := map[string]func() Network{
		"autoencoder": func() Network { return autoencoder(1, 131) },
		"classifier":  func() Network { return classifier(2, 131) },
		"probe":       func() Network { return probe(3, 131, 48) },
		"random":      func() Network { return random(4) },
	}
	for name, network := range networks {
		for _, batch := range []int{16, 37, 128} {
			train := func(threads, steps int, narrow bool) ([][]float32, []float32) {
				n, step := network(), make([]float32, 1)
				order := order(9, n.Examples.Count)
				losses := make([]float32, (len(order)+batch-1)/batch)
				p := makePlan(t, n, batch, threads, narrow, step)
				for at := 0; at < len(losses); at += steps {
					run(t, p, order, losses, at, min(at+steps, len(losses)))
				}
				return append(parameters(n), step), losses
			}
			want, wantLosses := train(1, 1000, false)
			for _, c := range []struct {
				threads, steps int
				narrow         bool
			}{{1, 2, true}, {2, 3, false}, {3, 1000, false}} {
				got, losses := train(c.threads, c.steps, c.narrow)
				if !sameBits(losses, wantLosses) || !slices.EqualFunc(got, want, sameBits) {
					t.Errorf("%s, batch %d: other bits with %+v", name, batch, c)
				}
			}
		}
	}
}

// TestResumeAtEachStep begins a new plan at each step, from what the parameters'
// memory holds.
func TestResumeAtEachStep(t *testing.T) {
	requirePlans(t)
	train := func(plans int) [][]float32 {
		n, step := classifier(1, 80), make([]float32, 1)
		order, losses := order(1, 80), make([]float32, 5)
		var p *Plan
		for at := range losses {
			if p == nil || plans > 1 {
				p = makePlan(t, n, 16, 1, false, step)
			}
			run(t, p, order, losses, at, at+1)
		}
		return append(parameters(n), step, losses)
	}
	if !slices.EqualFunc(train(1), train(5), sameBits) {
		t.Error("other bits where each step has a plan of its own")
	}
}

// TestAdam compares some steps with Adam in float64 on gradients of the plan.
func TestAdam(t *testing.T) {
	requirePlans(t)
	n, step := probe(1, 64, 20), []float32{0}
	w := n.Layers[0].Weight
	want, average, square := make([]float64, len(w.Weights)), make([]float64, len(w.Weights)), make([]float64, len(w.Weights))
	for i, x := range w.Weights {
		want[i] = float64(x)
	}
	p := makePlan(t, n, 16, 1, false, step)
	order, losses := order(1, 64), make([]float32, 4)
	for at := range losses {
		run(t, p, order, losses, at, at+1)
		k := float64(at + 1)
		for i, g := range p.gradient(0, len(want), false) {
			average[i] = 0.9*average[i] + 0.1*float64(g)
			square[i] = 0.999*square[i] + 0.001*float64(g)*float64(g)
			want[i] -= 1e-3 / (1 - math.Pow(0.9, k)) * average[i] / (math.Sqrt(square[i]/(1-math.Pow(0.999, k))) + 1e-8)
		}
	}
	for i, x := range w.Weights {
		if d := math.Abs(float64(x) - want[i]); !(d < 1e-6) {
			t.Fatalf("weight %d is %g, want %g", i, x, want[i])
		}
	}
	if step[0] != 4 {
		t.Errorf("%g steps counted, want 4", step[0])
	}
}

// TestNotANumber lets it reach the loss.
func TestNotANumber(t *testing.T) {
	requirePlans(t)
	for name, n := range map[string]Network{"autoencoder": autoencoder(1, 16), "classifier": classifier(1, 16)} {
		n.Layers[0].Bias.Weights[3] = float32(math.NaN())
		losses := make([]float32, 1)
		run(t, makePlan(t, n, 16, 1, false, make([]float32, 1)), order(1, 16), losses, 0, 1)
		if losses[0] == losses[0] {
			t.Errorf("%s: the loss is %g", name, losses[0])
		}
	}
}

// TestSaturated takes logits beyond those for which the two forms of the
// cross-entropy are the same.
func TestSaturated(t *testing.T) {
	requirePlans(t)
	for _, c := range []struct {
		logit      float32
		kind       LossKind
		loss, grad float64 // of a target of 0
	}{
		{50, BCEExact, 50, 1}, {50, BCEClamped, 100, 0}, {-200, BCEExact, 0, 0}, {-200, BCEClamped, 0, 0},
	} {
		b := newBuilder(1, [3]int{1, 1, 1}, 16, 1)
		clear(b.n.Examples.Bytes)
		b.conv(0, 1, 1, 1, 0, false, true)
		b.loss(c.kind, 1, 1)
		b.n.Layers[0].Bias.Weights[0] = c.logit
		losses := make([]float32, 1)
		p := makePlan(t, b.n, 16, 1, false, make([]float32, 1))
		run(t, p, order(1, 16), losses, 0, 1)
		if grad := float64(p.gradient(0, 1, true)[0]); math.Abs(float64(losses[0])-c.loss) > 1e-5 || math.Abs(grad-c.grad) > 1e-6 {
			t.Errorf("logit %g, form %d: loss %g, gradient %g, want %g, %g", c.logit, c.kind, losses[0], grad, c.loss, c.grad)
		}
	}
}

// TestIndexedExamples trains on some of the pictures, which must be as if they
// were all there are.
func TestIndexedExamples(t *testing.T) {
	requirePlans(t)
	all, some := classifier(1, 40), classifier(1, 40)
	size := elements(all.Examples.Shape)
	picked := []int64{7, 3, 39, 3, 20}
	e := Examples{Count: len(picked), Shape: all.Examples.Shape}
	for _, i := range picked {
		e.Bytes = append(e.Bytes, all.Examples.Bytes[int(i)*size:][:size]...)
		e.Labels = append(e.Labels, all.Examples.Labels[i])
	}
	some.Examples = e
	e.Bytes, e.Index = all.Examples.Bytes, picked
	all.Examples = e
	train := func(n Network) [][]float32 {
		losses := make([]float32, 1)
		run(t, makePlan(t, n, 16, 1, false, make([]float32, 1)), order(1, len(picked)), losses, 0, 1)
		return append(parameters(n), losses)
	}
	if !slices.EqualFunc(train(all), train(some), sameBits) {
		t.Error("other bits than of the picked images alone")
	}
}

func TestRefused(t *testing.T) {
	requirePlans(t)
	good := func() Network { return classifier(1, 16) }
	for name, spoil := range map[string]func(*Network){
		"a label that no class has":      func(n *Network) { n.Examples.Labels[3] = 10 },
		"a layer without a loss":         func(n *Network) { n.Layers = append(n.Layers, Layer{Kind: ReLU, Input: 3, Out: n.Layers[2].Out}) },
		"weights of another number":      func(n *Network) { n.Layers[1].Weight.Weights = n.Layers[1].Weight.Weights[1:] },
		"strides below 0":                func(n *Network) { n.Layers[1].Strides.Tap *= -1 },
		"logits after a ReLU":            func(n *Network) { n.Layers[len(n.Layers)-1].ReLU = true },
		"strides beyond the weights":     func(n *Network) { n.Layers[1].Strides.Out++ },
		"an input that is not there yet": func(n *Network) { n.Layers[0].Input = 2 },
		"windows beyond the map":         func(n *Network) { n.Layers[0].Out[1]++ },
		"a map without pixels":           func(n *Network) { n.Layers[0].Out[1] = 0 },
		"a picture that is not there":    func(n *Network) { n.Examples.Index = make([]int64, 16); n.Examples.Index[2] = 16 },
		"too few bytes":                  func(n *Network) { n.Examples.Bytes = n.Examples.Bytes[1:] },
		"too few moments":                func(n *Network) { n.Layers[0].Weight.Square = nil },
		"a loss of another shape":        func(n *Network) { n.Losses[0] = Loss{MSE, 2, 1} },
		"nothing trained": func(n *Network) {
			for i := range n.Layers {
				l := &n.Layers[i]
				l.Weight.Average, l.Weight.Square, l.Bias.Average, l.Bias.Square = nil, nil, nil, nil
			}
		},
	} {
		n := good()
		spoil(&n)
		if p, err := New(n, Training{Batch: 16, Threads: 1, LearningRate: 1e-3, Step: make([]float32, 1)}); err == nil {
			p.Close()
			t.Errorf("%s is accepted", name)
		}
	}
	p := makePlan(t, good(), 16, 1, false, make([]float32, 1))
	if err := p.Begin([]int64{16}, make([]float32, 1), 0, 1); err == nil {
		t.Error("an example that is not there is accepted")
	}
	if err := p.Begin(order(1, 16), make([]float32, 1), 0, 2); err == nil {
		t.Error("a step that is not there is accepted")
	}
}

// TestEveryLayout compares the gradients of a convolution and a transposed one of many
// widths, whose sums vectors, jobs and tiles divide in different ways.
func TestEveryLayout(t *testing.T) {
	requirePlans(t)
	for _, wide := range []int{1, 7, 8, 9, 16, 17, 24, 25, 40, 41, 48, 64, 72, 88, 96, 120, 128} {
		for narrow := 1; narrow <= 12; narrow++ {
			b := newBuilder(uint64(wide*100+narrow), [3]int{3, 4, 4}, 16, 5)
			b.conv(0, narrow, 1, 1, 0, false, true)
			b.conv(1, wide, 2, 2, 0, false, true)
			b.convTranspose(2, narrow, 2, 2, 0, 0, false, true)
			b.pool(Mean, 3)
			b.linear(4, 5)
			b.loss(CrossEntropy, 5, 1)
			alongTraining(t, fmt.Sprintf("%d and %d channels", wide, narrow), b.n, order(1, 16), 1)
		}
	}
}

// TestMostChannels trains a network as wide as plans are made for; one more channel
// is refused.
func TestMostChannels(t *testing.T) {
	requirePlans(t)
	network := func(channels int) Network {
		b := newBuilder(1, [3]int{3, 6, 6}, 32, 5)
		b.conv(0, channels, 3, 1, 1, true, true)
		b.conv(1, 8, 4, 2, 1, true, true)
		b.pool(Mean, 2)
		b.linear(3, 5)
		b.loss(CrossEntropy, 4, 1)
		return b.n
	}
	alongTraining(t, "128 channels", network(MaxChannels), order(1, 32), 4)
	_, err := New(network(MaxChannels+1), Training{Batch: 16, Threads: 1, LearningRate: 1e-3, Step: make([]float32, 1)})
	var refused *Unsupported
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "more than 128 channels") {
		t.Errorf("got %v", err)
	}
}

// TestGradientsAlongTrainings compares the gradients of every step of some
// trainings with those in float64 at the same weights. Losses of two trainings
// drift apart where rounding turns a ReLU at its kink; gradients at the same
// weights must not.
func TestGradientsAlongTrainings(t *testing.T) {
	requirePlans(t)
	for seed := range uint64(8) {
		b := newBuilder(seed, [3]int{3, 12, 12}, 64, 5)
		b.conv(0, 6, 4, 2, 1, true, true)
		b.conv(1, 9, 4, 2, 1, true, true)
		b.pool(Mean, 2)
		b.linear(3, 5)
		b.loss(CrossEntropy, 4, 1)
		alongTraining(t, fmt.Sprintf("seed %d", seed), b.n, order(seed, 64), 12)
	}
}

// alongTraining takes steps with a learning rate of 0.001 and batches of 16.
func alongTraining(t *testing.T, name string, n Network, order []int64, steps int) {
	t.Helper()
	p := makePlan(t, n, 16, 1, false, make([]float32, 1))
	losses := make([]float32, len(order)/16)
	for step := range steps {
		at := step % len(losses)
		want := newReference(n)
		loss := want.step(order[at*16 : (at+1)*16])
		run(t, p, order, losses, at, at+1)
		name := fmt.Sprintf("%s, step %d", name, step+1)
		if d := math.Abs(float64(losses[at])/loss - 1); !(d < 1e-6) {
			t.Errorf("%s: loss %g, want %g", name, losses[at], loss)
		}
		for i, l := range n.Layers {
			closeTo(t, fmt.Sprintf("%s: layer %d, weight", name, i), p.gradient(i, len(l.Weight.Weights), false), want.weights[i])
			closeTo(t, fmt.Sprintf("%s: layer %d, bias", name, i), p.gradient(i, len(l.Bias.Weights), true), want.biases[i])
		}
	}
}
