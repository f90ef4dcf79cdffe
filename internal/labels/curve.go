package labels

import (
	"fmt"
	"slices"
)

// A Point of a loss-data curve is the mean loss, on images that it has not seen,
// of a probe fitted on Images images.
type Point struct {
	Images int     `json:"images"`
	Loss   float64 `json:"loss"`
}

// Curve is the loss-data curve of the online code's fits, in bits per image.
func Curve(blocks []Block) []Point {
	points := make([]Point, len(blocks))
	for i, block := range blocks {
		points[i] = Point{block.Images, block.Loss()}
	}
	return points
}

// SurplusDescriptionLength is SDL(epsilon): what the labels cost above a loss of
// epsilon each. Where AtLeast is set, the curve ends above epsilon, and the SDL
// is larger than Length.
type SurplusDescriptionLength struct {
	Epsilon float64 `json:"epsilon"`
	Length  float64 `json:"length"`
	AtLeast bool    `json:"at_least,omitempty"`
}

// SurplusLength computes SDL(epsilon) = sum of (n_i - n_{i-1}) max(loss_i -
// epsilon, 0), n_0 = 0, in the unit of the losses (Whitney et al., Evaluating
// representations by the complexity of learning low-loss predictors, 2020,
// as its library reprieve sums it). The points' Images ascend.
func SurplusLength(points []Point, epsilon float64) (SurplusDescriptionLength, error) {
	if err := ascending(points); err != nil {
		return SurplusDescriptionLength{}, err
	}
	sdl := SurplusDescriptionLength{Epsilon: epsilon, AtLeast: points[len(points)-1].Loss > epsilon}
	last := 0
	for _, p := range points {
		sdl.Length += float64(p.Images-last) * max(p.Loss-epsilon, 0)
		last = p.Images
	}
	return sdl, nil
}

// SampleComplexity is eSC: how many images a probe takes to a loss of epsilon.
// Where MoreThan is set, the curve does not get there, and Images is its last
// number of images.
type SampleComplexity struct {
	Epsilon  float64 `json:"epsilon"`
	Images   int     `json:"images"`
	MoreThan bool    `json:"more_than,omitempty"`
}

// SamplesTo computes eSC(epsilon): the first number of images with a loss of
// epsilon or less (Whitney et al. 2020). The points' Images ascend.
func SamplesTo(points []Point, epsilon float64) (SampleComplexity, error) {
	if err := ascending(points); err != nil {
		return SampleComplexity{}, err
	}
	at := slices.IndexFunc(points, func(p Point) bool { return p.Loss <= epsilon })
	if at < 0 {
		return SampleComplexity{epsilon, points[len(points)-1].Images, true}, nil
	}
	return SampleComplexity{epsilon, points[at].Images, false}, nil
}

func ascending(points []Point) error {
	if len(points) == 0 {
		return fmt.Errorf("the loss-data curve has no points")
	}
	last := 0
	for _, p := range points {
		if p.Images <= last {
			return fmt.Errorf("the loss-data curve has %d images after %d: sort its points by images, with one for each number", p.Images, last)
		}
		last = p.Images
	}
	return nil
}
