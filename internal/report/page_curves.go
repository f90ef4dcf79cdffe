package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/metrics"
)

// curveChart is a training's losses by epoch. The page draws it as SVG; a script
// shows the values of an epoch.
type curveChart struct {
	// What is what the chart shows, for whoever does not see it.
	What string
	// Axis is what runs upwards.
	Axis   string
	X, Y   []tick
	Lines  []curveLine
	Dots   []curveDot
	Legend []curveLine
	// Readings are the values of each epoch in words, and At their places: a JSON object.
	Readings string
	// Last is the last epoch's reading, and Epochs how many there are.
	Last   string
	Epochs int
}

// curveLine is a line of a chart. Class is its colour and width.
type curveLine struct{ Class, Label, Points string }

type curveDot struct {
	Class string
	X, Y  float64
}

// The chart's frame, in units of its viewBox.
const (
	chartWidth, chartHeight                        = 460, 260
	chartLeft, chartRight, chartTop, chartBottom   = 54, 12, 12, 36
	fewEpochs                                      = 20 // are marked by dots
	trainLine, testLine, otherTrainLine, otherTest = "train", "test", "train thin", "test thin"
)

// A course is how one training went.
type course struct {
	seed   uint64
	epochs []metrics.Epoch
	test   []float64 // NaN where it was not measured
}

// courseOf reads how a training went; nil if the run directory does not have it.
// losses are what test scores are summed by.
func (p *pageMaker) courseOf(t Trained, seed uint64, losses config.LossSum) (*course, error) {
	epochs, err := metrics.Read(filepath.Join(p.dir, t.Source.Stage))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c := &course{seed: seed, epochs: epochs}
	for _, e := range epochs {
		loss, measured := TestLoss(e.Test, losses)
		if !measured {
			loss = math.NaN()
		}
		c.test = append(c.test, loss)
	}
	return c, nil
}

// TestLoss is a sum of test scores, if all of them were measured.
func TestLoss(scores metrics.Scores, losses config.LossSum) (sum float64, measured bool) {
	for _, name := range losses.Names() {
		value, has := scores[name]
		if !has {
			return 0, false
		}
		sum += losses[name] * value
	}
	return sum, len(losses) > 0
}

// curves is the block of a network's trainings, one for each seed; false if there
// is nothing to draw.
func (p *pageMaker) curves(name, what string, losses config.LossSum, trained []Trained) (block, bool, error) {
	var courses []*course
	for i, t := range trained {
		if t.Training == nil {
			continue
		}
		seed := p.Seed
		if i > 0 {
			seed = p.Repeats[i-1].Seed
		}
		c, err := p.courseOf(t, seed, losses)
		if err != nil {
			return block{}, false, err
		}
		if c != nil {
			courses = append(courses, c)
		}
	}
	if len(courses) == 0 {
		return block{}, false, nil
	}
	text := what + "."
	if len(courses) > 1 {
		var others []string
		for _, c := range courses[1:] {
			others = append(others, fmt.Sprint(c.seed))
		}
		text += fmt.Sprintf(" Thick: seed %d, which the values are of; thin: %s.", courses[0].seed, inWords(others))
	} else {
		text += fmt.Sprintf(" Seed %d.", courses[0].seed)
	}
	chart, err := chartOf(name, courses)
	return p.numbered(block{Title: "Loss of " + name, Text: []string{text}, Curves: chart}), true, err
}

func chartOf(name string, courses []*course) (*curveChart, error) {
	var values []float64
	most := 0
	for _, c := range courses {
		for i, e := range c.epochs {
			values = append(values, finite(e.Loss, c.test[i])...)
			most = max(most, e.Epoch)
		}
	}
	chart := &curveChart{Axis: "loss", Epochs: len(courses[0].epochs)}
	if len(values) == 0 {
		values = []float64{0, 1}
	}
	x := newAxis(1, float64(max(most, 2)), chartLeft, chartWidth-chartRight)
	y := newAxis(slices.Min(values), slices.Max(values), chartHeight-chartBottom, chartTop).padded()
	chart.X, chart.Y = x.ticks(6, true), y.ticks(5, false)
	for i := len(courses) - 1; i >= 0; i-- { // the first seed's on top
		c := courses[i]
		train, test := trainLine, testLine
		if i > 0 {
			train, test = otherTrainLine, otherTest
		}
		losses := make([]float64, len(c.epochs))
		for k, e := range c.epochs {
			losses[k] = e.Loss
		}
		for _, line := range []struct {
			class, label string
			values       []float64
		}{{train, "training", losses}, {test, "test", c.test}} {
			if len(finite(line.values...)) == 0 {
				continue
			}
			drawn := curveLine{line.class, line.label, pointsOf(c.epochs, line.values, x, y)}
			chart.Lines = append(chart.Lines, drawn)
			if i == 0 {
				chart.Legend = append(chart.Legend, drawn)
				if len(c.epochs) <= fewEpochs {
					chart.Dots = append(chart.Dots, dotsOf(line.class, c.epochs, line.values, x, y)...)
				}
			}
		}
	}
	readings := struct {
		Values []string  `json:"values"`
		At     []float64 `json:"at"`
	}{}
	for i, e := range courses[0].epochs {
		readings.Values = append(readings.Values, reading(e, courses[0].test[i]))
		readings.At = append(readings.At, x.at(float64(e.Epoch)))
	}
	text, err := json.Marshal(readings)
	chart.Readings, chart.Last = string(text), readings.Values[len(readings.Values)-1]
	chart.What = fmt.Sprintf("Loss by epoch of %s. Last values: %s.", name, chart.Last)
	return chart, err
}

// shownScores are those that a reading names, in order.
var shownScores = []string{"accuracy", "cross_entropy", "bce", "l1", "mse", "knn_accuracy"}

// reading is an epoch's values in words.
func reading(e metrics.Epoch, test float64) string {
	parts := []string{fmt.Sprintf("epoch %d: training loss %.4g", e.Epoch, e.Loss)}
	if !math.IsNaN(test) {
		parts = append(parts, fmt.Sprintf("test loss %.4g", test))
	}
	for _, score := range shownScores {
		value, has := e.Test[score]
		if !has || value == test || value != value {
			continue
		}
		label := strings.ReplaceAll(metrics.LabelOf(score), "-", "\u2011") // a line does not end there
		if strings.HasSuffix(score, "accuracy") {
			parts = append(parts, strings.Replace(label, "ACCURACY", "accuracy", 1)+" "+e.Test.Text(score)+" %")
		} else {
			parts = append(parts, label+" "+e.Test.Text(score))
		}
	}
	return strings.Join(parts, " · ")
}

func pointsOf(epochs []metrics.Epoch, values []float64, x, y axis) string {
	var points []string
	for i, e := range epochs {
		if len(finite(values[i])) > 0 {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x.at(float64(e.Epoch)), y.at(values[i])))
		}
	}
	return strings.Join(points, " ")
}

func dotsOf(class string, epochs []metrics.Epoch, values []float64, x, y axis) []curveDot {
	var dots []curveDot
	for i, e := range epochs {
		if len(finite(values[i])) > 0 {
			dots = append(dots, curveDot{class, x.at(float64(e.Epoch)), y.at(values[i])})
		}
	}
	return dots
}

func finite(values ...float64) []float64 {
	return slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}
