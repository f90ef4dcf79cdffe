package geometry

import "fmt"

// What raises an alarm. Where to draw the lines is our choice: photographs differ in
// brightness above all, and so the 48 averages of a random encoder, which has not
// collapsed, have a participation ratio of 1.5 and a mean cosine of 0.989 on CIFAR-10.
const (
	oneDirection = 1.2   // participation ratio
	parallel     = 0.999 // mean cosine
	manyDead     = 0.5   // share of the features
	manyEmpty    = 0.01  // share of the images
)

// raiseAlarms says of what kinds the collapse is that p shows, if it shows one.
func (p *Panel) raiseAlarms() {
	alarm := func(format string, args ...any) { p.Alarms = append(p.Alarms, fmt.Sprintf(format, args...)) }
	if p.DeadUnits == p.Features {
		alarm("complete collapse: all %d images have the same features", p.Images)
		return
	}
	if float64(p.DeadUnits) >= manyDead*float64(p.Features) {
		alarm("dead units: %d of %d features are constant", p.DeadUnits, p.Features)
	}
	if float64(p.ZeroImages) >= manyEmpty*float64(p.Images) {
		alarm("empty features: all are 0 for %d of %d images", p.ZeroImages, p.Images)
	}
	if p.Features > 1 && p.ParticipationRatio < oneDirection {
		alarm("dimensional collapse: the variance of %d features lies almost in one direction (participation ratio %.2f)",
			p.Features, p.ParticipationRatio)
	}
	if p.MeanCosine > parallel {
		alarm("parallel features: the mean cosine of two images is %.4f", p.MeanCosine)
	}
}
