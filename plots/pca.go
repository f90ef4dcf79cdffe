package plots

import "fmt"

// PCAScatter draws points by their first two principal components, each in
// the colour and shape of its class. explained holds the two components' shares
// of the variance (0 to 1) for the axes' labels. Both axes have one scale, so
// that distances are true. Points are drawn in a shuffled but fixed order, so
// that no class lies on top of the others; a large marker stands at the mean of
// each class. It returns an error if there is no point, if points and labels
// differ in number, if a label is not the index of a class, or if a coordinate
// is not finite or a share not within [0, 1].
func PCAScatter(title string, points [][2]float64, labels []int, classes []string, explained [2]float64) (*Figure, error) {
	err := checkPoints(points, labels, classes)
	if err == nil {
		err = checkShares(explained)
	}
	if err != nil {
		return nil, fmt.Errorf("PCA scatter %q: %w", title, err)
	}
	return newScatter(points, labels, len(classes)).figure(title,
		newPlot(componentLabel(1, explained[0]), componentLabel(2, explained[1])), classes,
		"Large markers: means of the classes. Panels: where a class lies among all points (grey).", ""), nil
}

func componentLabel(i int, explained float64) string {
	return fmt.Sprintf("PC %d (%.1f %% of variance)", i, 100*explained)
}

func checkShares(explained [2]float64) error {
	for i, share := range explained {
		if !(share >= 0 && share <= 1) {
			return fmt.Errorf("component %d explains %g of the variance; want 0 to 1", i+1, share)
		}
	}
	return nil
}
