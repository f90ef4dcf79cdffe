package nuisance

import "math"

// luma is the light of one image, row-major, from 0 to 1.
type luma struct {
	values []float64
	width  int
}

// read takes the light of an image of 1 or 3 channels.
func (l luma) read(image []byte) {
	pixels := len(l.values)
	for i := range l.values {
		// In thousandths, whose sums are exact: of a grey image, every channel's value.
		light := 1000 * int(image[i])
		if len(image) > pixels {
			light = 299*int(image[i]) + 587*int(image[pixels+i]) + 114*int(image[2*pixels+i])
		}
		l.values[i] = float64(light) / 255000
	}
}

func (l luma) moments() (mean, deviation float64) {
	for _, value := range l.values {
		mean += value
	}
	mean /= float64(len(l.values))
	for _, value := range l.values {
		deviation += (value - mean) * (value - mean)
	}
	return mean, math.Sqrt(deviation / float64(len(l.values)))
}

func (l luma) edgeEnergy() float64 {
	height := len(l.values) / l.width
	var across, down float64
	for i, value := range l.values {
		if i%l.width+1 < l.width {
			d := l.values[i+1] - value
			across += d * d
		}
		if i+l.width < len(l.values) {
			d := l.values[i+l.width] - value
			down += d * d
		}
	}
	return across/float64(height*(l.width-1)) + down/float64((height-1)*l.width)
}

// centroid takes a pixel to be where its middle is.
func (l luma) centroid() (horizontal, vertical float64) {
	height := len(l.values) / l.width
	var sum float64
	for i, value := range l.values {
		sum += value
		horizontal += value * (float64(i%l.width) + 0.5) / float64(l.width)
		vertical += value * (float64(i/l.width) + 0.5) / float64(height)
	}
	if sum == 0 {
		return 0.5, 0.5
	}
	return horizontal / sum, vertical / sum
}
