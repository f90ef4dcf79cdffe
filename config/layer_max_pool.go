package config

import "fmt"

// maxPool2d is nn.MaxPool2d(Kernel, Stride, Padding).
func maxPool2d() layerKind {
	return layerKind{
		name:   "max_pool2d",
		fields: []string{"kernel", "stride", "padding"},
		needs:  []string{"kernel"},
		resolve: func(l *Layer) {
			if l.Stride == 0 {
				l.Stride = l.Kernel
			}
		},
		faults: func(l Layer) []fault {
			if l.Padding <= l.Kernel/2 {
				return nil
			}
			return []fault{{"padding", fmt.Sprintf("expected at most half of the kernel (%d), found %d", l.Kernel/2, l.Padding)}}
		},
		shape: func(l Layer, in [3]int) ([3]int, *fault) {
			stride := l.Stride
			if stride == 0 {
				stride = l.Kernel
			}
			return windowShape(l, in[0], stride, in)
		},
		// With each output the place of its input, an int64, is kept.
		activations: func(_ Layer, _, out [3]int) []float64 { return []float64{2 * size(out), size(out)} },
		label: func(l Layer, _ [3]int) string {
			return fmt.Sprintf("MaxPool2d, k%d s%d p%d", l.Kernel, l.Stride, l.Padding)
		},
	}
}
