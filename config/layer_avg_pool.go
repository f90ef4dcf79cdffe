package config

import "fmt"

// avgPool2d is nn.AvgPool2d(Kernel, Stride, Padding): the zeros of the padding
// count.
func avgPool2d() layerKind {
	k := maxPool2d() // its window, and the limits of its padding, are the same
	k.name = "avg_pool2d"
	k.activations = outputOnly
	k.label = func(l Layer, _ [3]int) string {
		return fmt.Sprintf("AvgPool2d, k%d s%d p%d", l.Kernel, l.Stride, l.Padding)
	}
	return k
}
