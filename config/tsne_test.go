package config

import "testing"

// TestTSNE checks the defaults, which depend on the features, and that they are
// left out where nothing is projected by t-SNE.
func TestTSNE(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "my.yaml", "base: report\nfeatures: {projections: [pca, tsne]}")
	for set, want := range map[string]TSNE{
		"seed=1":                       {Images: 5000, Perplexity: 30},
		"features.images=300":          {Images: 300, Perplexity: 30},
		"features.tsne.perplexity=7.5": {Images: 5000, Perplexity: 7.5},
		"features.tsne.images=91":      {Images: 91, Perplexity: 30},
		"features.projections=[pca]":   {},
	} {
		if got := load(t, "my.yaml", set).Features.TSNE; got != want {
			t.Errorf("after --set %s: %+v, want %+v", set, got, want)
		}
	}
}
