package config

// relu is nn.ReLU(). It takes no memory: the layer before it computes it.
func relu() layerKind {
	return layerKind{
		name:  "relu",
		label: func(Layer, [3]int) string { return "ReLU" },
	}
}

// sigmoid is nn.Sigmoid().
func sigmoid() layerKind {
	return layerKind{
		name:        "sigmoid",
		activations: outputOnly,
		label:       func(Layer, [3]int) string { return "Sigmoid" },
	}
}
