package config

import (
	"fmt"
	"slices"
)

// TSNE configures the projection tsne. Load fills in what is left out.
type TSNE struct {
	// Images is the number of images to draw, the first ones of the features';
	// 5,000, or all if there are fewer, if left out. Time and memory grow with
	// its square.
	Images int `yaml:"images,omitempty" jsonschema:"minimum=11,maximum=1000000"`
	// Perplexity is the effective number of an image's neighbours, at most a
	// third of the other images; 30, if left out.
	Perplexity float64 `yaml:"perplexity,omitempty" jsonschema:"exclusiveMinimum=1,maximum=1000000"`
}

// resolve fills in the defaults, if the features are projected by t-SNE.
func (t *TSNE) resolve(f Features) {
	if slices.Contains(f.Projections, "tsne") {
		orNumber(&t.Images, min(5000, f.Images))
		orNumber(&t.Perplexity, 30)
	}
}

// checkTSNE compares the settings of t-SNE with the features that there are.
func (c *checker) checkTSNE(d *Definition) {
	f, t := d.Features, d.Features.TSNE
	if !slices.Contains(f.Projections, "tsne") {
		if t != (TSNE{}) {
			c.add("tsne is not among the projections", "add it, as in projections: [pca, tsne], or leave features.tsne out",
				"features.tsne", "features.projections")
		}
		return
	}
	if t.Images > f.Images {
		c.add(fmt.Sprintf("found %d images for t-SNE, but only %d images have features", t.Images, f.Images), "",
			"features.tsne.images", "features.images", "data.train")
		return
	}
	if 3*t.Perplexity > float64(t.Images-1) {
		c.add(fmt.Sprintf("a perplexity of %g needs at least %.0f images, and there are %d", t.Perplexity, 3*t.Perplexity+1, t.Images),
			fmt.Sprintf("set features.tsne.perplexity to at most %d, or use more images", (t.Images-1)/3),
			"features.tsne.perplexity", "features.tsne.images", "features.images", "data.train")
	}
}
