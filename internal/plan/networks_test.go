package plan

import (
	"math"
	"math/rand/v2"
)

// builder makes networks with drawn weights and examples for tests.
type builder struct {
	*rand.Rand
	n       Network
	trained bool
}

func newBuilder(seed uint64, shape [3]int, count, classes int) *builder {
	b := &builder{Rand: rand.New(rand.NewPCG(seed, 1)), trained: true}
	b.n.Examples = Examples{Count: count, Shape: shape, Bytes: make([]byte, count*elements(shape)), Labels: make([]int64, count)}
	for i := range b.n.Examples.Bytes {
		b.n.Examples.Bytes[i] = byte(b.Uint32())
	}
	for i := range b.n.Examples.Labels {
		b.n.Examples.Labels[i] = b.Int64N(int64(classes))
	}
	return b
}

// floats makes the examples float32 features.
func (b *builder) floats() {
	e := &b.n.Examples
	e.Floats = make([]float32, len(e.Bytes))
	for i := range e.Floats {
		e.Floats[i] = float32(b.NormFloat64())
	}
	e.Bytes = nil
}

func (b *builder) parameter(size, fanIn int) Parameter {
	p := Parameter{Weights: make([]float32, size)}
	bound := 1 / math.Sqrt(float64(fanIn))
	for i := range p.Weights {
		p.Weights[i] = float32((2*b.Float64() - 1) * bound)
	}
	if b.trained {
		p.Average, p.Square = make([]float32, size), make([]float32, size)
	}
	return p
}

func (b *builder) last() int { return len(b.n.Layers) }

func (b *builder) shape(m int) [3]int {
	if m == 0 {
		return b.n.Examples.Shape
	}
	return b.n.Layers[m-1].Out
}

func (b *builder) add(l Layer) { b.n.Layers = append(b.n.Layers, l) }

func (b *builder) conv(input, channels, kernel, stride, padding int, relu, bias bool) {
	in := b.shape(input)
	out := [3]int{channels, (in[1]+2*padding-kernel)/stride + 1, (in[2]+2*padding-kernel)/stride + 1}
	b.product(Layer{Kind: Conv, Input: input, Out: out, Kernel: [2]int{kernel, kernel}, Stride: stride, Padding: padding, ReLU: relu},
		in, bias)
}

func (b *builder) convTranspose(input, channels, kernel, stride, padding, outputPadding int, relu, bias bool) {
	in := b.shape(input)
	side := func(n int) int { return (n-1)*stride - 2*padding + kernel + outputPadding }
	out := [3]int{channels, side(in[1]), side(in[2])}
	b.product(Layer{Kind: ConvTranspose, Input: input, Out: out, Kernel: [2]int{kernel, kernel}, Stride: stride, Padding: padding,
		ReLU: relu}, in, bias)
}

// linear reads a whole map.
func (b *builder) linear(input, outputs int) {
	in := b.shape(input)
	b.product(Layer{Kind: Conv, Input: input, Out: [3]int{outputs, 1, 1}, Kernel: [2]int{in[1], in[2]}, Stride: 1}, in, true)
}

// product draws a layer's parameters. Weights of a convolution lie channels last,
// as the program has them; those of a linear layer as PyTorch has them.
func (b *builder) product(l Layer, in [3]int, bias bool) {
	taps := l.Kernel[0] * l.Kernel[1]
	l.Weight = b.parameter(l.Out[0]*in[0]*taps, in[0]*taps)
	if bias {
		l.Bias = b.parameter(l.Out[0], in[0]*taps)
	}
	switch {
	case l.Out[1] == 1 && l.Out[2] == 1:
		l.Strides = Strides{Out: in[0] * taps, In: taps, Tap: 1}
	case l.Kind == Conv:
		l.Strides = Strides{Out: in[0] * taps, In: 1, Tap: in[0]}
	default:
		l.Strides = Strides{Out: 1, In: l.Out[0] * taps, Tap: l.Out[0]}
	}
	b.add(l)
}

func (b *builder) point(kind Kind, input int) {
	b.add(Layer{Kind: kind, Input: input, Out: b.shape(input)})
}

func (b *builder) pool(kind Kind, input int) {
	b.add(Layer{Kind: kind, Input: input, Out: [3]int{b.shape(input)[0], 1, 1}})
}

func (b *builder) loss(kind LossKind, m int, weight float64) {
	b.n.Losses = append(b.n.Losses, Loss{kind, m, weight})
}

// encoder and decoder are the report's.
func (b *builder) encoder() {
	for i, channels := range []int{12, 24, 48} {
		b.conv(i, channels, 4, 2, 1, true, true)
	}
}

func (b *builder) decoder(input int) {
	for i, channels := range []int{24, 12, 3} {
		if i > 0 {
			input = b.last()
		}
		b.convTranspose(input, channels, 4, 2, 1, 0, i < 2, true)
	}
}

func autoencoder(seed uint64, count int) Network {
	b := newBuilder(seed, [3]int{3, 32, 32}, count, 10)
	b.encoder()
	b.decoder(b.last())
	b.loss(BCEClamped, b.last(), 1)
	return b.n
}

func classifier(seed uint64, count int) Network {
	b := newBuilder(seed, [3]int{3, 32, 32}, count, 10)
	b.encoder()
	b.pool(Mean, b.last())
	b.linear(b.last(), 10)
	b.loss(CrossEntropy, b.last(), 1)
	return b.n
}

// probe is a linear layer on cached features.
func probe(seed uint64, count, features int) Network {
	b := newBuilder(seed, [3]int{features, 1, 1}, count, 10)
	b.floats()
	b.linear(0, 10)
	b.loss(CrossEntropy, b.last(), 1)
	return b.n
}

// order is examples in a drawn order.
func order(seed uint64, n int) []int64 {
	o := make([]int64, n)
	for i, at := range rand.New(rand.NewPCG(seed, 2)).Perm(n) {
		o[i] = int64(at)
	}
	return o
}
