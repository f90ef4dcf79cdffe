// Package geometry measures how features lie in their space, and how alike the
// features of two layers are.
//
// Its rule: sums and products are taken in float64 and in a fixed order, so that a
// measure of the same features has the same bits. libtorch must compute with one
// thread for that, as on a goroutine that called torch.Pin.
package geometry

import (
	"context"
	"fmt"
	"math"
	"slices"

	"aeprobe/internal/matrix"
)

// Panel is the geometry of features, [N, D]. What needs pairs of images is measured
// over all pairs i < j of a sample, rows scaled to length 1.
type Panel struct {
	// Images and Features are N and D.
	Images   int `json:"images"`
	Features int `json:"features"`
	// RankMe is the effective rank of the features as they are, not centred:
	// exp(-sum p ln p) over their min(N, D) singular values s, p = s / sum s + 1e-7
	// (Garrido et al. 2023, RankMe, equation 1). From 1 to min(N, D), exceeded by up
	// to a hundredth for what the 1e-7 adds; 0 for features that are all 0. Singular
	// values below 1.5e-8 sqrt(D) of the largest count as 0.
	RankMe float64 `json:"rankme"`
	// ParticipationRatio is (sum l)^2 / sum l^2 of the eigenvalues l of the features'
	// covariance: from 1 to D, and 0 if nothing varies.
	ParticipationRatio float64 `json:"participation_ratio"`
	// DeadUnits is the number of features with one value for all images.
	DeadUnits int `json:"dead_units"`
	// Zeros is the share of values that are 0.
	Zeros float64 `json:"zeros"`
	// ZeroImages is the number of images whose features are all 0. They have no
	// direction; among pairs their cosines are 0 and squared distances 1, or 0 to each
	// other.
	ZeroImages int `json:"zero_images"`
	// FisherRatio is tr S_b / tr S_w: S_b = sum_c n_c (m_c - m)(m_c - m)' is the
	// scatter of the classes' means m_c about the mean m of all images, n_c of each
	// class, and S_w = sum_i (x_i - m_c(i))(x_i - m_c(i))' that within classes. It is
	// missing if nothing varies within any class.
	FisherRatio *float64 `json:"fisher_ratio,omitempty"`
	// PairImages is the size of the sample, at most 5,000, and SamePairs how many of
	// its pairs share a class.
	PairImages int `json:"pair_images"`
	SamePairs  int `json:"same_pairs"`
	// MeanCosine is the mean cosine of all pairs: from -1 to 1, at which all images
	// point the same way.
	MeanCosine float64 `json:"mean_cosine"`
	// Alignment is the mean of |x - y|^2 over the pairs of a class, from 0 to 4, and
	// missing if there are none. Uniformity is ln of the mean of exp(-2 |x - y|^2) over
	// all pairs, from -8 to 0; lower is more uniform. Both are from Wang and Isola
	// 2020, section 4, whose positive pairs are two views of an image.
	Alignment  *float64 `json:"alignment,omitempty"`
	Uniformity float64  `json:"uniformity"`
	// Hubness is the skewness of the number of times that an image of the sample is
	// among the 10 nearest of others by Euclidean distance (Radovanovic et al. 2010,
	// Hubs in Space, equation 1): 0 where all are so about equally often, high where a
	// few are near to many. It is missing if all are equally often, as of 11 images.
	Hubness *float64 `json:"hubness,omitempty"`
	// Alarms tell of a collapse, in words.
	Alarms []string `json:"alarms,omitempty"`
}

// Measure measures m, features of at least two images with labels from 0 to before
// classes. seed draws the sample of pairs where there are more than 5,000 images.
// It fails for features that hold NaN or infinity, and with ctx's error when ctx ends.
func Measure(ctx context.Context, m matrix.Matrix, labels []byte, classes int, seed uint64) (Panel, error) {
	if err := checkLabels(m, labels, classes); err != nil {
		return Panel{}, err
	}
	x, err := Center(m)
	if err != nil {
		return Panel{}, err
	}
	p := Panel{Images: m.Rows(), Features: m.Columns}
	p.countZeros(x)
	if ratio, ok := fisherRatio(x, labels, classes); ok {
		p.FisherRatio = &ratio
	}
	if p.RankMe, p.ParticipationRatio, err = spectrum(ctx, x); err != nil {
		return Panel{}, err
	}
	sample := draw(m.Rows(), seed)
	sums, err := sumPairs(ctx, m.Select(sample), matrix.Select(labels, sample))
	if err != nil {
		return Panel{}, err
	}
	p.addPairs(len(sample), sums)
	skew, ok, err := hubness(ctx, m.Select(sample))
	if err != nil {
		return Panel{}, err
	}
	if ok {
		p.Hubness = &skew
	}
	p.raiseAlarms()
	return p, nil
}

func checkLabels(m matrix.Matrix, labels []byte, classes int) error {
	if m.Rows() != len(labels) {
		return fmt.Errorf("features of %d images with %d labels: pass a label for each image", m.Rows(), len(labels))
	}
	if m.Rows() < 2 {
		return fmt.Errorf("the geometry of %d images: pass at least 2", m.Rows())
	}
	if most := slices.Max(labels); int(most) >= classes {
		return fmt.Errorf("label %d with %d classes: pass labels from 0 to %d", most, classes, classes-1)
	}
	return nil
}

func (p *Panel) countZeros(x Centered) {
	for _, deviation := range x.Deviations {
		if deviation == 0 {
			p.DeadUnits++
		}
	}
	zeros := 0
	for i := range x.Rows() {
		here := 0
		for _, value := range x.Row(i) {
			if value == 0 {
				here++
			}
		}
		zeros += here
		if here == x.Columns {
			p.ZeroImages++
		}
	}
	p.Zeros = float64(zeros) / float64(len(x.Values))
}

func (p *Panel) addPairs(images int, s pairSums) {
	p.PairImages, p.SamePairs = images, s.samePairs
	p.MeanCosine = s.cosine / float64(s.pairs)
	p.Uniformity = math.Log(s.kernel / float64(s.pairs))
	if s.samePairs > 0 {
		alignment := s.alignment / float64(s.samePairs)
		p.Alignment = &alignment
	}
}
