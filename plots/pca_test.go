package plots

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"pgregory.net/rapid"
)

// spirals returns points on one arm of a spiral per class.
func spirals(classes, each int) (points [][2]float64, labels []int) {
	for i := range classes * each {
		class := i % classes
		turn := 2 * math.Pi * (float64(class)/float64(classes) + 0.3*float64(i)/float64(classes*each))
		r := 1 + 4*float64(i)/float64(classes*each)
		points = append(points, [2]float64{2 * r * math.Cos(turn), r * math.Sin(turn)})
		labels = append(labels, class)
	}
	return points, labels
}

var cifarClasses = []string{
	"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
}

func TestPCAScatter(t *testing.T) {
	points, labels := spirals(10, 20)
	f, err := PCAScatter("First two principal components of the features of 200 images",
		points, labels, cifarClasses, [2]float64{0.4321, 0.163})
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "pca", f)
}

// The report shows ten thousand points.
func TestPCAScatterSize(t *testing.T) {
	points, labels := spirals(10, 1000)
	f, err := PCAScatter("PCA", points, labels, cifarClasses, [2]float64{0.5, 0.2})
	if err != nil {
		t.Fatal(err)
	}
	svg, err := f.svg()
	if err != nil {
		t.Fatal(err)
	}
	if len(svg) > 2<<20 {
		t.Errorf("an SVG of %d bytes, want at most 2 MiB", len(svg))
	}
}

func TestPCAScatterErrors(t *testing.T) {
	points, labels, classes, half := [][2]float64{{1, 2}, {3, 4}}, []int{0, 1}, []string{"a", "b"}, [2]float64{0.5, 0.5}
	for name, tt := range map[string]struct {
		points    [][2]float64
		labels    []int
		explained [2]float64
		words     []string
	}{
		"none":     {nil, nil, half, []string{"no points"}},
		"labels":   {points, labels[:1], half, []string{"2 points and 1 labels"}},
		"NaN":      {[][2]float64{{1, 2}, {3, nan}}, labels, half, []string{"point 1", "NaN"}},
		"Inf":      {[][2]float64{{-inf, 2}, {3, 4}}, labels, half, []string{"point 0", "Inf"}},
		"class":    {points, []int{0, 2}, half, []string{"point 1", "label 2", "0 to 1"}},
		"negative": {points, []int{-1, 0}, half, []string{"point 0", "label -1"}},
		"share":    {points, labels, [2]float64{0.5, 1.2}, []string{"component 2", "1.2"}},
		"no share": {points, labels, [2]float64{nan, 0.1}, []string{"component 1", "NaN"}},
	} {
		_, err := PCAScatter("PCA", tt.points, tt.labels, classes, tt.explained)
		wantError(t, name, err, append(tt.words, `PCA scatter "PCA"`)...)
	}
}

// Both axes have one scale, whatever the points, and the labels have room.
func TestPCAScatterLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := make([]string, rapid.IntRange(1, 12).Draw(t, "classes"))
		for i := range classes {
			classes[i] = fmt.Sprint(i, rapid.StringN(0, 40, -1).Draw(t, "class"))
		}
		size := rapid.SampledFrom([]float64{1, 1e-9, 1e9, 1e90}).Draw(t, "size")
		coordinate := rapid.Float64Range(-size, size)
		var points [][2]float64
		var labels []int
		for range rapid.IntRange(1, 30).Draw(t, "points") {
			points = append(points, [2]float64{coordinate.Draw(t, "x"), 1e-2 * coordinate.Draw(t, "y")})
			labels = append(labels, rapid.IntRange(0, len(classes)-1).Draw(t, "label"))
		}
		f, err := PCAScatter("PCA", points, labels, classes, [2]float64{0.5, 0.2})
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, f)

		p := newPlot("PC 1", "PC 2")
		p.Add(newScatter(points, labels, len(classes)))
		height := equalScale(p, 300)
		data := p.DataCanvas(draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: 300, Y: height}}}).Size()
		x, y := (p.X.Max-p.X.Min)/float64(data.X), (p.Y.Max-p.Y.Min)/float64(data.Y)
		if math.Abs(x/y-1) > 1e-6 {
			t.Errorf("a point of paper is %g across and %g up", x, y)
		}
	})
}

// No class lies on top: of the last tenth drawn, each class has its share.
func TestScatterOrder(t *testing.T) {
	points, labels := spirals(10, 100)
	var sorted []int // all of class 0 first, as an encoder may return them
	for i := range labels {
		sorted = append(sorted, i/100)
	}
	order := newScatter(points, sorted, 10).order()
	last := make([]int, 10)
	for _, i := range order[900:] {
		last[sorted[i]]++
	}
	for class, n := range last {
		if n == 0 || n > 30 {
			t.Errorf("%d of the last 100 points are of class %d, want about 10", n, class)
		}
	}
}
