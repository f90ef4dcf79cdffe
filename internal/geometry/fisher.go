package geometry

// fisherRatio is the trace of the scatter of the classes' means, each weighted with
// its images, over the trace of the scatter within classes. ok is false where
// nothing varies within any class.
func fisherRatio(x Centered, labels []byte, classes int) (ratio float64, ok bool) {
	means, count := classMeans(x, labels, classes)
	var within, between float64
	for i, label := range labels {
		for j, value := range x.Row(i) {
			d := float64(value) - means[label][j]
			within += d * d
		}
	}
	for c, mean := range means {
		for j, value := range mean {
			d := value - x.Means[j]
			between += float64(count[c]) * d * d
		}
	}
	if within == 0 {
		return 0, false
	}
	return between / within, true
}

// classMeans are nil for a class without images.
func classMeans(x Centered, labels []byte, classes int) (means [][]float64, count []int) {
	means, count = make([][]float64, classes), make([]int, classes)
	for i, label := range labels {
		if means[label] == nil {
			means[label] = make([]float64, x.Columns)
		}
		count[label]++
		for j, value := range x.Row(i) {
			means[label][j] += float64(value)
		}
	}
	for c, mean := range means {
		for j := range mean {
			mean[j] /= float64(count[c])
		}
	}
	return means, count
}
