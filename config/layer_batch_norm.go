package config

// batchNorm2d is nn.BatchNorm2d(in) with PyTorch's defaults: eps 1e-5, momentum
// 0.1, affine, with running statistics.
func batchNorm2d() layerKind {
	return layerKind{
		name:        "batch_norm2d",
		parameters:  func(_ Layer, in [3]int) int { return 2 * in[0] },
		activations: outputOnly,
		label:       func(Layer, [3]int) string { return "BatchNorm2d" },
	}
}
