package plots

import (
	"errors"
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// LossPanel holds the losses of one auto-encoder.
type LossPanel struct {
	Label  string
	Series []Series
}

// AutoencoderLosses draws losses over epochs, one panel per auto-encoder, each with
// its own axis, because binary cross-entropy, L1 and MSE differ in scale. Series of
// the same label look the same in every panel. It returns an error if there is no
// panel, or if LossCurve would reject the series of one.
func AutoencoderLosses(title string, panels []LossPanel) (*Figure, error) {
	if len(panels) == 0 {
		return nil, fmt.Errorf("auto-encoder losses %q: %w", title, errors.New("no panels"))
	}
	const width, rowHeight, panelLead = 504, 160, vg.Length(12)
	columns := min(len(panels), 3)
	rows := (len(panels) + columns - 1) / columns
	plots := make([][]*plot.Plot, rows)
	for i := range plots {
		plots[i] = make([]*plot.Plot, columns)
	}
	var all [][]Series
	for _, panel := range panels {
		if err := checkSeries(panel.Series); err != nil {
			return nil, fmt.Errorf("auto-encoder losses %q: panel %q: %w", title, panel.Label, err)
		}
		all = append(all, panel.Series)
	}
	key := seriesLegend(all...)
	for i, panel := range panels {
		p, err := lossPlot(panel.Series, key, width/vg.Length(columns)-50)
		if err != nil {
			return nil, fmt.Errorf("auto-encoder losses %q: panel %q: %w", title, panel.Label, err)
		}
		if i%columns > 0 {
			p.Y.Label.Text = ""
		}
		plots[i/columns][i%columns] = p
	}
	return &Figure{
		title: title, width: width, height: rowHeight*vg.Length(rows) + key.height(width),
		body: func(c draw.Canvas) {
			key.draw(c)
			c = draw.Crop(c, 0, 0, 0, -key.height(width))
			tiles := draw.Tiles{Cols: columns, Rows: rows, PadX: 14, PadY: 10 + panelLead, PadTop: panelLead}
			for i, row := range plot.Align(plots, tiles, c) {
				for j, tile := range row {
					p := plots[i][j]
					if p == nil {
						continue
					}
					p.Draw(tile)
					data := p.DataCanvas(tile)
					panelText.write(c, vg.Point{X: data.Center().X, Y: data.Max.Y + 6}, centre,
						panelText.shorten(panels[i*columns+j].Label, data.Size().X))
				}
			}
		},
	}, nil
}
