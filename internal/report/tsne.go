package report

import "aeprobe/internal/tsne"

// TSNE tells of a picture by t-SNE, and of how far it can be trusted.
type TSNE struct {
	// Images is the number of images in it, the first ones.
	Images int `json:"images"`
	tsne.Result
	tsne.Quality
}
