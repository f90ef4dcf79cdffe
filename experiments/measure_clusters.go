package experiments

import (
	"context"
	"fmt"
	"slices"

	"aeprobe/internal/cluster"
	"aeprobe/internal/labels"
	"aeprobe/internal/matrix"
)

// clusterDetails are one number of clusters.
type clusterDetails struct {
	K      int               `json:"k"`
	Fit    *cluster.Clusters `json:"fit"`
	Scores *cluster.Scores   `json:"scores"`
	// Named are by how many labelled images per class name the clusters, and
	// Oracle where all training images do.
	Named  []namedClusters `json:"named"`
	Oracle *cluster.Named  `json:"oracle"`
	// Contents count test images by cluster and class.
	Contents [][]int `json:"contents"`
}

type namedClusters struct {
	PerClass int `json:"per_class"`
	*cluster.Named
}

// measureClusters finds clusters of the training images and scores them on the
// test images.
func measureClusters(ctx context.Context, f *features) (*found, error) {
	settings := f.study().Clusters
	scaler := matrix.NewScaler(f.train)
	train, test := scaler.Apply(f.train), scaler.Apply(f.test)
	most := slices.Max(settings.Labels)
	result := &found{protocol: fmt.Sprintf("k-means on standardised features of the training images, best of %d starts, scored on the test images. ACC: best one-to-one pairing of clusters and classes; "+
		"NMI: arithmetic; named: each cluster has the class of most of its labelled images, %d per class.", settings.Starts, most)}
	var all []clusterDetails
	for _, k := range settings.K {
		d, err := f.clustersOf(ctx, train, test, k)
		if err != nil {
			return nil, err
		}
		all = append(all, *d)
		n := test.Rows()
		name := func(score string) string { return fmt.Sprintf("%s, K = %d", score, k) }
		result.findings = append(result.findings, percent(name("ACC"), d.Scores.Accuracy, n), percent(name("NMI"), d.Scores.NMI, n),
			percent(name("ARI"), d.Scores.ARI, n), percent(name("named"), d.Named[slices.Index(settings.Labels, most)].Accuracy, n),
			percent(name("named by all"), d.Oracle.Accuracy, n))
	}
	result.details = all
	return result, nil
}

func (f *features) clustersOf(ctx context.Context, train, test matrix.Matrix, k int) (*clusterDetails, error) {
	settings, seed, classes := f.study().Clusters, f.study().Seed, len(f.data.Classes)
	fit, err := cluster.KMeans(ctx, train, k, cluster.Options{Starts: settings.Starts, Seed: seed})
	if err != nil {
		return nil, err
	}
	ofTrain, err := fit.Assign(ctx, train)
	if err != nil {
		return nil, err
	}
	ofTest, err := fit.Assign(ctx, test)
	if err != nil {
		return nil, err
	}
	d := &clusterDetails{K: k, Fit: fit}
	if d.Scores, err = cluster.Score(f.data.Test.Labels, ofTest); err != nil {
		return nil, err
	}
	named := func(index []int) (*cluster.Named, error) {
		names, err := cluster.Name(matrix.Select(ofTrain, index), matrix.Select(f.data.Train.Labels, index), k, classes)
		if err != nil {
			return nil, err
		}
		return cluster.ScoreNames(names, f.data.Test.Labels, ofTest)
	}
	ascending := slices.Sorted(slices.Values(settings.Labels))
	subsets, err := labels.Nested(f.data.Train.Labels, classes, ascending, seed)
	if err != nil {
		return nil, err
	}
	for _, perClass := range settings.Labels {
		score, err := named(subsets[slices.Index(ascending, perClass)])
		if err != nil {
			return nil, err
		}
		d.Named = append(d.Named, namedClusters{perClass, score})
	}
	everything := make([]int, train.Rows())
	for i := range everything {
		everything[i] = i
	}
	if d.Oracle, err = named(everything); err != nil {
		return nil, err
	}
	d.Contents = make([][]int, k)
	for j := range d.Contents {
		d.Contents[j] = make([]int, classes)
	}
	for i, j := range ofTest {
		d.Contents[j][f.data.Test.Labels[i]]++
	}
	return d, nil
}
