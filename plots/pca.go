package plots

import (
	"errors"
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// PCAScatter draws points by their first two principal components, each in
// the colour and shape of its class. explained holds the two components' shares
// of the variance (0 to 1) for the axes' labels. Both axes have one scale, so
// that distances are true. Points are drawn in a shuffled but fixed order, so
// that no class lies on top of the others; a large marker stands at the mean of
// each class. It returns an error if there is no point, if points and labels
// differ in number, if a label is not the index of a class, or if a coordinate
// is not finite or a share not within [0, 1].
func PCAScatter(title string, points [][2]float64, labels []int, classes []string, explained [2]float64) (*Figure, error) {
	if err := checkPoints(points, labels, classes, explained); err != nil {
		return nil, fmt.Errorf("PCA scatter %q: %w", title, err)
	}
	const width, keyWidth, gap = 504, 120, 14
	p := newPlot(componentLabel(1, explained[0]), componentLabel(2, explained[1]))
	cloud := newScatter(points, labels, len(classes))
	p.Add(cloud)
	height := equalScale(p, width-keyWidth-gap)
	key := densityGrid{cloud, classes, p}
	const hint = "Large markers: means of the classes. Panels: where a class lies among all points (grey)."
	hintLines := noteText.wrap(hint, keyWidth)
	hintHeight := noteLead * vg.Length(len(hintLines))
	keyHeight := key.height(keyWidth, height-hintHeight)
	return &Figure{
		title: title, width: width, height: max(height, keyHeight+hintHeight),
		body: func(c draw.Canvas) {
			p.Draw(draw.Crop(c, 0, -keyWidth-gap, c.Size().Y-height, 0))
			side := draw.Crop(c, width-keyWidth, 0, c.Size().Y-keyHeight, 0)
			key.draw(side)
			noteText.writeBlock(c, vg.Point{X: side.Min.X, Y: side.Min.Y - 4 - hintHeight/2}, left, hintLines)
		},
	}, nil
}

func componentLabel(i int, explained float64) string {
	return fmt.Sprintf("PC %d (%.1f %% of variance)", i, 100*explained)
}

func checkPoints(points [][2]float64, labels []int, classes []string, explained [2]float64) error {
	if len(points) == 0 {
		return errors.New("no points")
	}
	if len(points) != len(labels) {
		return fmt.Errorf("%d points and %d labels", len(points), len(labels))
	}
	for i, p := range points {
		if !finite(p[0]) || !finite(p[1]) {
			return fmt.Errorf("point %d is (%g, %g); want finite numbers", i, p[0], p[1])
		}
		if labels[i] < 0 || labels[i] >= len(classes) {
			return fmt.Errorf("point %d has label %d; want 0 to %d", i, labels[i], len(classes)-1)
		}
	}
	for i, share := range explained {
		if !(share >= 0 && share <= 1) {
			return fmt.Errorf("component %d explains %g of the variance; want 0 to 1", i+1, share)
		}
	}
	return nil
}
