package nuisance

import (
	"fmt"

	"aeprobe/internal/matrix"
)

// Properties measures images of 1 or 3 channels (red, green, blue): [N, properties],
// with a name for each. Luma is the light channel, or 0.299 R + 0.587 G + 0.114 B (ITU-R
// BT.601), and channels are from 0 to 1.
//
//   - red, green, blue: the channels' means, of 3 channels only
//   - brightness: the mean of luma
//   - contrast: its standard deviation
//   - edge_energy: the mean squared difference of luma between neighbours in a row, plus
//     that in a column; high for sharp images
//   - horizontal, vertical: the centroid of luma, from 0 (left, top) to 1; 0.5 for a
//     black image
func Properties(pixels []byte, shape [3]int) (names []string, values matrix.Matrix, err error) {
	n, err := count(pixels, shape)
	if err != nil {
		return nil, matrix.Matrix{}, err
	}
	names = []string{"brightness", "contrast", "edge_energy", "horizontal", "vertical"}
	switch shape[0] {
	case 1:
	case 3:
		names = append([]string{"red", "green", "blue"}, names...)
	default:
		return nil, matrix.Matrix{}, fmt.Errorf("images of %d channels: properties are those of 1 or 3", shape[0])
	}
	values = matrix.New(n, len(names))
	size := len(pixels) / n
	light := luma{make([]float64, shape[1]*shape[2]), shape[2]}
	for i := range n {
		image := pixels[i*size : (i+1)*size]
		light.read(image)
		row := values.Row(i)
		if shape[0] == 3 {
			for c := range 3 {
				row[c] = float32(meanOf(image[c*size/3 : (c+1)*size/3]))
			}
			row = row[3:]
		}
		mean, deviation := light.moments()
		horizontal, vertical := light.centroid()
		for j, value := range []float64{mean, deviation, light.edgeEnergy(), horizontal, vertical} {
			row[j] = float32(value)
		}
	}
	return names, values, nil
}

func meanOf(channel []byte) float64 {
	sum := 0
	for _, value := range channel {
		sum += int(value)
	}
	return float64(sum) / 255 / float64(len(channel))
}
