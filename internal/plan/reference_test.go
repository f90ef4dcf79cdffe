package plan

import "math"

// reference computes loss and gradients of a network in float64, one image after
// another, by the definitions of its layers.
type reference struct {
	n         Network
	maps      [][]float64 // by map, [C, H, W]
	gradients [][]float64
	weights   [][]float64 // by layer: gradients of the weight and the bias
	biases    [][]float64
}

func newReference(n Network) *reference {
	r := &reference{n: n}
	for _, l := range n.Layers {
		r.weights = append(r.weights, make([]float64, len(l.Weight.Weights)))
		r.biases = append(r.biases, make([]float64, len(l.Bias.Weights)))
	}
	return r
}

// step returns the mean loss of a batch and adds its gradients up.
func (r *reference) step(batch []int64) (loss float64) {
	for _, example := range batch {
		loss += r.forward(int(example)) / float64(len(batch))
		r.begin(int(example), float64(len(batch)))
		for i := len(r.n.Layers) - 1; i >= 0; i-- {
			r.backward(i)
		}
	}
	return loss
}

func (r *reference) shape(m int) [3]int {
	if m == 0 {
		return r.n.Examples.Shape
	}
	return r.n.Layers[m-1].Out
}

func (r *reference) forward(example int) float64 {
	size := elements(r.n.Examples.Shape)
	in := make([]float64, size)
	for i := range in {
		if r.n.Examples.Bytes != nil {
			in[i] = float64(r.n.Examples.Bytes[example*size+i]) / 255
		} else {
			in[i] = float64(r.n.Examples.Floats[example*size+i])
		}
	}
	r.maps = [][]float64{in}
	for _, l := range r.n.Layers {
		r.maps = append(r.maps, r.apply(l))
	}
	var sum float64
	for _, l := range r.n.Losses {
		loss, _ := r.loss(l, example)
		sum += l.Weight * loss
	}
	return sum
}

// eachTap calls f for every element of a window that falls on the fine map, with
// the coarse pixel, the fine one and the tap.
func eachTap(l Layer, fine, coarse [3]int, f func(c, q, tap int)) {
	for y := range coarse[1] {
		for x := range coarse[2] {
			for ky := range l.Kernel[0] {
				for kx := range l.Kernel[1] {
					fy, fx := y*l.Stride-l.Padding+ky, x*l.Stride-l.Padding+kx
					if fy >= 0 && fx >= 0 && fy < fine[1] && fx < fine[2] {
						f(y*coarse[2]+x, fy*fine[2]+fx, ky*l.Kernel[1]+kx)
					}
				}
			}
		}
	}
}

// eachProduct calls f for every product of a layer's input and weight: with the
// indices of output, input and weight.
func eachProduct(l Layer, in [3]int, f func(out, in, weight int)) {
	fine, coarse := in, l.Out
	if l.Kind == ConvTranspose {
		fine, coarse = l.Out, in
	}
	inPixels, outPixels := in[1]*in[2], l.Out[1]*l.Out[2]
	eachTap(l, fine, coarse, func(c, q, tap int) {
		from, to := q, c
		if l.Kind == ConvTranspose {
			from, to = c, q
		}
		for o := range l.Out[0] {
			for i := range in[0] {
				f(o*outPixels+to, i*inPixels+from, o*l.Strides.Out+i*l.Strides.In+tap*l.Strides.Tap)
			}
		}
	})
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func (r *reference) apply(l Layer) []float64 {
	in, shape := r.maps[l.Input], r.shape(l.Input)
	out := make([]float64, elements(l.Out))
	pixels := shape[1] * shape[2]
	switch l.Kind {
	case Conv, ConvTranspose:
		for i := range out {
			if len(l.Bias.Weights) > 0 {
				out[i] = float64(l.Bias.Weights[i/(l.Out[1]*l.Out[2])])
			}
		}
		eachProduct(l, shape, func(o, i, w int) { out[o] += in[i] * float64(l.Weight.Weights[w]) })
		if l.ReLU {
			for i := range out {
				out[i] = max(out[i], 0)
			}
		}
	case ReLU:
		for i := range out {
			out[i] = max(in[i], 0)
		}
	case Sigmoid:
		for i := range out {
			out[i] = sigmoid(in[i])
		}
	case Mean:
		for i, x := range in {
			out[i/pixels] += x / float64(pixels)
		}
	case Maximum:
		for c := range out {
			out[c] = math.Inf(-1)
			for _, x := range in[c*pixels : (c+1)*pixels] {
				out[c] = max(out[c], x)
			}
		}
	case MaxPool:
		for i := range out {
			out[i] = math.Inf(-1)
		}
		eachTap(l, shape, l.Out, func(q, p, _ int) {
			for c := range shape[0] {
				at := c*l.Out[1]*l.Out[2] + q
				out[at] = max(out[at], in[c*pixels+p])
			}
		})
	}
	return out
}

// loss is an example's, with its gradient by the map.
func (r *reference) loss(l Loss, example int) (loss float64, gradient []float64) {
	x, t := r.maps[l.Map], r.maps[0]
	gradient = make([]float64, len(x))
	if l.Kind == CrossEntropy {
		label := r.n.Examples.Labels[example]
		var sum float64
		for _, v := range x {
			sum += math.Exp(v)
		}
		for c, v := range x {
			gradient[c] = math.Exp(v) / sum
		}
		gradient[label]--
		return math.Log(sum) - x[label], gradient
	}
	n := float64(len(x))
	for i := range x {
		p, slope := x[i], 1.0
		if l.Kind == L1Sigmoid || l.Kind == MSESigmoid {
			p = sigmoid(x[i])
			slope = p * (1 - p)
		}
		d := p - t[i]
		switch l.Kind {
		case L1, L1Sigmoid:
			loss += math.Abs(d) / n
			if d != 0 {
				gradient[i] = math.Copysign(slope, d) / n
			}
		case MSE, MSESigmoid:
			loss += d * d / n
			gradient[i] = 2 * d * slope / n
		default:
			loss += (max(x[i], 0) - x[i]*t[i] + math.Log1p(math.Exp(-math.Abs(x[i])))) / n
			gradient[i] = (sigmoid(x[i]) - t[i]) / n
		}
	}
	return loss, gradient
}

// begin starts the gradients of an example of a batch with those of the losses.
func (r *reference) begin(example int, batch float64) {
	r.gradients = nil
	for _, m := range r.maps {
		r.gradients = append(r.gradients, make([]float64, len(m)))
	}
	for _, l := range r.n.Losses {
		_, gradient := r.loss(l, example)
		for i, g := range gradient {
			r.gradients[l.Map][i] += l.Weight * g / batch
		}
	}
}

func (r *reference) backward(index int) {
	l := r.n.Layers[index]
	in, shape, out := r.maps[l.Input], r.shape(l.Input), r.maps[index+1]
	to, from := r.gradients[l.Input], r.gradients[index+1]
	if l.Detached {
		to = make([]float64, len(to))
	}
	pixels := shape[1] * shape[2]
	switch l.Kind {
	case Conv, ConvTranspose:
		if l.ReLU {
			for i := range from {
				if out[i] <= 0 {
					from[i] = 0
				}
			}
		}
		for i := range from {
			if len(l.Bias.Weights) > 0 {
				r.biases[index][i/(l.Out[1]*l.Out[2])] += from[i]
			}
		}
		eachProduct(l, shape, func(o, i, w int) {
			to[i] += from[o] * float64(l.Weight.Weights[w])
			r.weights[index][w] += from[o] * in[i]
		})
	case ReLU:
		for i := range from {
			if in[i] > 0 {
				to[i] += from[i]
			}
		}
	case Sigmoid:
		for i := range from {
			to[i] += from[i] * out[i] * (1 - out[i])
		}
	case Mean:
		for i := range to {
			to[i] += from[i/pixels] / float64(pixels)
		}
	case Maximum:
		for c := range from {
			var equal float64
			for _, x := range in[c*pixels : (c+1)*pixels] {
				if x == out[c] {
					equal++
				}
			}
			for i, x := range in[c*pixels : (c+1)*pixels] {
				if x == out[c] {
					to[c*pixels+i] += from[c] / equal
				}
			}
		}
	case MaxPool:
		taken := make([]bool, len(out))
		eachTap(l, shape, l.Out, func(q, p, _ int) {
			for c := range shape[0] {
				at := c*l.Out[1]*l.Out[2] + q
				if !taken[at] && in[c*pixels+p] == out[at] {
					taken[at] = true
					to[c*pixels+p] += from[at]
				}
			}
		})
	}
}
