package experiments

import (
	"context"
	"fmt"
	"math/rand/v2"
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
	// OfFew are clusters of few images.
	OfFew []clustersOfFew `json:"of_few,omitempty"`
}

// clustersOfFew are made of a few training images, and named and scored as those of all
// are.
type clustersOfFew struct {
	Images int             `json:"images"`
	Named  []namedClusters `json:"named"`
	Oracle *cluster.Named  `json:"oracle"`
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
		"NMI: arithmetic; named: each cluster has the class of most of its labelled images, %d per class; unnamed: the test images in clusters without any; of n images: clusters of n training images.", settings.Starts, most)}
	var all []clusterDetails
	for _, k := range settings.K {
		d, err := f.clustersOf(ctx, train, test, k)
		if err != nil {
			return nil, err
		}
		all = append(all, *d)
		n := test.Rows()
		name := func(score string) string { return fmt.Sprintf("%s, K = %d", score, k) }
		named := slices.Index(settings.Labels, most)
		result.findings = append(result.findings, percent(name("ACC"), d.Scores.Accuracy, n), percent(name("NMI"), d.Scores.NMI, n),
			percent(name("ARI"), d.Scores.ARI, n), percent(name("purity"), d.Scores.Purity, n), percent(name("named"), d.Named[named].Accuracy, n),
			percent(name("unnamed"), d.Named[named].Unnamed, n), percent(name("named by all"), d.Oracle.Accuracy, n))
		for _, few := range d.OfFew {
			result.findings = append(result.findings, percent(fmt.Sprintf("%s of %d images", name("named"), few.Images), few.Named[named].Accuracy, n))
		}
	}
	result.details = all
	return result, nil
}

func (f *features) clustersOf(ctx context.Context, train, test matrix.Matrix, k int) (*clusterDetails, error) {
	fit, ofTrain, ofTest, err := f.clustered(ctx, train, train, test, k)
	if err != nil {
		return nil, err
	}
	d := &clusterDetails{K: k, Fit: fit}
	if d.Scores, err = cluster.Score(f.data.Test.Labels, ofTest); err != nil {
		return nil, err
	}
	if d.Named, d.Oracle, err = f.named(ofTrain, ofTest, k); err != nil {
		return nil, err
	}
	d.Contents = make([][]int, k)
	for j := range d.Contents {
		d.Contents[j] = make([]int, len(f.data.Classes))
	}
	for i, j := range ofTest {
		d.Contents[j][f.data.Test.Labels[i]]++
	}
	for _, n := range f.study().Clusters.Images {
		few, err := f.clustersOfFew(ctx, n, k)
		if err != nil {
			return nil, fmt.Errorf("clusters of %d images: %w", n, err)
		}
		d.OfFew = append(d.OfFew, *few)
	}
	return d, nil
}

// clustered finds k clusters of some images, and those that the training and the test
// images lie in.
func (f *features) clustered(ctx context.Context, of, train, test matrix.Matrix, k int) (fit *cluster.Clusters, ofTrain, ofTest []int, err error) {
	settings, seed := f.study().Clusters, f.study().Seed
	if fit, err = cluster.KMeans(ctx, of, k, cluster.Options{Starts: settings.Starts, Seed: seed}); err != nil {
		return nil, nil, nil, err
	}
	if ofTrain, err = fit.Assign(ctx, train); err != nil {
		return nil, nil, nil, err
	}
	ofTest, err = fit.Assign(ctx, test)
	return fit, ofTrain, ofTest, err
}

// clustersOfFew are those of the first n training images in an order that the study's
// seed draws: of fewer images they are some of those of more. Features are standardised
// by these images, since there are no others.
func (f *features) clustersOfFew(ctx context.Context, n, k int) (*clustersOfFew, error) {
	order := rand.New(rand.NewPCG(f.study().Seed, 0)).Perm(f.train.Rows())
	few := f.train.Select(slices.Sorted(slices.Values(order[:n])))
	scaler := matrix.NewScaler(few)
	_, ofTrain, ofTest, err := f.clustered(ctx, scaler.Apply(few), scaler.Apply(f.train), scaler.Apply(f.test), k)
	if err != nil {
		return nil, err
	}
	c := &clustersOfFew{Images: n}
	c.Named, c.Oracle, err = f.named(ofTrain, ofTest, k)
	return c, err
}

// named names clusters by a few labelled training images per class, and by all of them,
// and scores the names on the test images.
func (f *features) named(ofTrain, ofTest []int, k int) (byFew []namedClusters, byAll *cluster.Named, err error) {
	settings, seed, classes := f.study().Clusters, f.study().Seed, len(f.data.Classes)
	scored := func(of []int, labels []byte) (*cluster.Named, error) {
		names, err := cluster.Name(of, labels, k, classes)
		if err != nil {
			return nil, err
		}
		return cluster.ScoreNames(names, f.data.Test.Labels, ofTest)
	}
	ascending := slices.Sorted(slices.Values(settings.Labels))
	subsets, err := labels.Nested(f.data.Train.Labels, classes, ascending, seed)
	if err != nil {
		return nil, nil, err
	}
	for _, perClass := range settings.Labels {
		index := subsets[slices.Index(ascending, perClass)]
		score, err := scored(matrix.Select(ofTrain, index), matrix.Select(f.data.Train.Labels, index))
		if err != nil {
			return nil, nil, err
		}
		byFew = append(byFew, namedClusters{perClass, score})
	}
	byAll, err = scored(ofTrain, f.data.Train.Labels)
	return byFew, byAll, err
}
