package report

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"

	"aeprobe/internal/tsne"
)

// scatterPlot is a projection of one encoder's features, a point per training image.
// A script zooms in, and shows the image behind a point.
type scatterPlot struct {
	Width, Height int
	Classes       []scatterClass
	// What is what the plot shows, for whoever does not see it.
	What string
}

// Buttons tells that every class has one. Where they would be too many, a class is
// picked from a list.
func (s *scatterPlot) Buttons() bool { return len(s.Classes) <= manyClasses }

// scatterColors is how many colours can be told apart.
const scatterColors = 10

// scatterClass are the points of one class.
type scatterClass struct {
	Name string
	// Color is a number below scatterColors.
	Color int
	// Path draws a dot for each point, and Images are the images' numbers, in the same order.
	Path, Images string
}

// scatterPoints is how many points are drawn, and images kept for them: a page of
// five megabytes has no room for more.
const scatterPoints = 3000

// scatterPlots is how many plots are shown at most, for the same reason.
const scatterPlots = 12

// The scatter plot's frame, in units of its viewBox.
const scatterWidth, scatterHeight, scatterMargin = 6000, 3600, 120

// featureSection has the projections of all encoders.
func (p *pageMaker) featureSection() (*pageSection, error) {
	s := &pageSection{ID: "features", Title: "Pictures of the features", Intro: []string{"A point is a training image, and its colour the image's class, which the features were not told. " +
		"Point at one, or move with the arrow keys, to see the image behind it; zoom with the buttons or by Ctrl and the wheel; drag to move. " + p.scatterClassesCaption()}}
	for _, projection := range []string{"pca", "tsne"} {
		for _, encoder := range slices.Sorted(maps.Keys(p.Features)) {
			if len(s.Blocks) == scatterPlots {
				s.Intro = append(s.Intro, fmt.Sprintf("Only the first %d pictures are shown.", scatterPlots))
				return s, nil
			}
			coordinates, labels, err := ReadProjection(ProjectionFile(p.dir, projection, encoder))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			title, text := p.projectionCaption(projection, encoder, len(coordinates))
			plot, err := scatterOf(coordinates, labels, p.Classes)
			if err != nil {
				return nil, fmt.Errorf("%s of %s: %w", projection, encoder, err)
			}
			plot.What = title + ": a point per image, coloured by class."
			s.Blocks = append(s.Blocks, p.numbered(block{Title: title, Text: []string{text}, Scatter: plot}))
		}
	}
	return s, nil
}

// scatterClassesCaption says how classes are told apart.
func (p *pageMaker) scatterClassesCaption() string {
	text := "The list shows one class alone"
	if len(p.Classes) <= manyClasses {
		text += ", and a class's name hides and shows its points"
	}
	if len(p.Classes) > scatterColors {
		text += fmt.Sprintf(". There are %d classes and %d colours: after every %d classes, colours repeat", len(p.Classes), scatterColors, scatterColors)
	}
	return text + "."
}

func (p *pageMaker) projectionCaption(projection, encoder string, images int) (title, text string) {
	f := p.Features[encoder]
	of := "the random encoder"
	if encoder != "random" {
		of = "encoder " + encoder
	}
	count := grouped(images) + " training images"
	if images > scatterPoints {
		count = fmt.Sprintf("The first %s of the %s training images that were projected", grouped(scatterPoints), grouped(images))
	}
	if projection == "tsne" {
		title = "t-SNE of the features of " + of
		if t := f.TSNE; t != nil {
			text = fmt.Sprintf("Exact t-SNE from a PCA start, perplexity %g, KL divergence %.3f after %d iterations. Trustworthiness T(%d) = %.3f; %.1f %% of an image's %d nearest neighbours by features are among its %d nearest here. Distances between groups of points, and their sizes, mean nothing. ",
				t.Perplexity, t.KL, t.Iterations, tsne.TrustNeighbours, t.Trustworthiness, 100*t.Recall, tsne.RecallNeighbours, tsne.RecallNeighbours)
		}
	} else {
		title = "Principal components of the features of " + of
		if ratios := f.ExplainedVarianceRatio; len(ratios) > 1 {
			text = fmt.Sprintf("The first component, across, has %.1f %% of the variance, the second, upwards, %.1f %%. ", 100*ratios[0], 100*ratios[1])
		}
	}
	return title, text + fmt.Sprintf("%s; seed %d.", count, p.Seed)
}

// scatterOf draws the first points; both axes have the same scale.
func scatterOf(coordinates [][]float64, labels []int, classes []string) (*scatterPlot, error) {
	coordinates = coordinates[:min(len(coordinates), scatterPoints)]
	low, high := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for i, c := range coordinates {
		if labels[i] < 0 || labels[i] >= len(classes) {
			return nil, fmt.Errorf("image %d is of class %d, and there are %d", i, labels[i], len(classes))
		}
		for k := range 2 {
			low[k], high[k] = math.Min(low[k], c[k]), math.Max(high[k], c[k])
		}
	}
	scale := math.Min((scatterWidth-2*scatterMargin)/math.Max(high[0]-low[0], 1e-9), (scatterHeight-2*scatterMargin)/math.Max(high[1]-low[1], 1e-9))
	place := func(c []float64) (x, y int) {
		x = int(math.Round(scatterWidth/2 + scale*(c[0]-(low[0]+high[0])/2)))
		y = int(math.Round(scatterHeight/2 - scale*(c[1]-(low[1]+high[1])/2)))
		return x, y
	}
	plot := &scatterPlot{Width: scatterWidth, Height: scatterHeight}
	for class, name := range classes {
		var path strings.Builder
		var images []string
		for i, c := range coordinates {
			if labels[i] == class {
				x, y := place(c)
				fmt.Fprintf(&path, "M%d %dh0", x, y)
				images = append(images, fmt.Sprint(i))
			}
		}
		plot.Classes = append(plot.Classes, scatterClass{Name: name, Color: class % scatterColors, Path: path.String(), Images: strings.Join(images, ",")})
	}
	return plot, nil
}
