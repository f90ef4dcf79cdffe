package plots

import (
	"fmt"

	"gonum.org/v1/plot/vg/draw"
)

// LossCurve draws losses over epochs in one plot, with the legend above it. It
// returns an error if there is no series, if two share a label, or if one is not
// valid.
func LossCurve(title string, series []Series) (*Figure, error) {
	if err := checkSeries(series); err != nil {
		return nil, fmt.Errorf("loss curve %q: %w", title, err)
	}
	key := seriesLegend(series)
	const width, height = 360, 200
	p, err := lossPlot(series, key, width-40)
	if err != nil {
		return nil, fmt.Errorf("loss curve %q: %w", title, err)
	}
	return &Figure{
		title: title, width: width, height: height + key.height(width),
		body: func(c draw.Canvas) {
			key.draw(c)
			p.Draw(draw.Crop(c, 0, 0, 0, -key.height(width)))
		},
	}, nil
}
