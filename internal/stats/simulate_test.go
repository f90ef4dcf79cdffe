package stats

import "math/rand/v2"

// world says how a simulated contender's correctness varies. All of it but base
// is the standard deviation of a normal offset to the probability that an image
// is classified correctly.
type world struct {
	base, bySeed, byImage float64
}

// contender draws which of the images is right under each of the seeds.
func (w world) contender(r *rand.Rand, seeds, images int) [][]bool {
	ofImage := make([]float64, images)
	for i := range ofImage {
		ofImage[i] = w.byImage * r.NormFloat64()
	}
	correct := make([][]bool, seeds)
	for s := range correct {
		ofSeed := w.bySeed * r.NormFloat64()
		correct[s] = make([]bool, images)
		for i := range correct[s] {
			correct[s][i] = r.Float64() < w.base+ofSeed+ofImage[i]
		}
	}
	return correct
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
