package plots

import "fmt"

// TSNEScatter draws points where t-SNE puts them, each in the colour and shape of
// its class, as PCAScatter does but without the classes' means, which say nothing
// where a class is in pieces. caption stands below: how the picture was made, and
// how far it can be trusted. It returns an error if there is no point, if points
// and labels differ in number, if a label is not the index of a class, or if a
// coordinate is not finite.
func TSNEScatter(title string, points [][2]float64, labels []int, classes []string, caption string) (*Figure, error) {
	if err := checkPoints(points, labels, classes); err != nil {
		return nil, fmt.Errorf("t-SNE scatter %q: %w", title, err)
	}
	cloud := newScatter(points, labels, len(classes))
	cloud.means = nil
	return cloud.figure(title, newPlot("t-SNE 1", "t-SNE 2"), classes,
		"Panels: where a class lies among all points (grey).",
		caption+" Distances between groups of points, and their sizes, mean nothing."), nil
}
