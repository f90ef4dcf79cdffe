package config

import "fmt"

// upsample is nn.Upsample(scale_factor=Scale, mode="nearest").
func upsample() layerKind {
	return layerKind{
		name:    "upsample",
		fields:  []string{"scale"},
		resolve: resolveUpsample,
		shape: func(l Layer, in [3]int) ([3]int, *fault) {
			scale := upsampleScale(l)
			return bounded(l, in, [3]int{in[0], in[1] * scale, in[2] * scale})
		},
		activations: outputOnly,
		label:       func(l Layer, _ [3]int) string { return fmt.Sprintf("Upsample, ×%d", upsampleScale(l)) },
	}
}

func resolveUpsample(l *Layer) { l.Scale = upsampleScale(*l) }

func upsampleScale(l Layer) int {
	if l.Scale == 0 {
		return 2
	}
	return l.Scale
}
