package vision

import "math/rand/v2"

// random makes the numbers a drawing is made of. Only the generator is the
// library's, as its algorithm is fixed; how numbers in a range come from it is
// fixed here.
type random struct{ pcg rand.PCG }

// What an image's or a group's numbers are for.
const (
	imageNumbers uint64 = iota
	labelNumbers
)

func newRandom(seed, stream, use uint64, i int) *random {
	const golden = 0x9e3779b97f4a7c15
	r := new(random)
	r.pcg.Seed(seed^(stream*2+use+1)*golden, uint64(i)*golden)
	return r
}

// between is one of lo to hi, both included; hi-lo is below 1<<31.
func (r *random) between(lo, hi int) int {
	return lo + int((r.pcg.Uint64()>>32)*uint64(hi-lo+1)>>32)
}

// chance is true in so many of a hundred cases.
func (r *random) chance(percent int) bool { return r.between(1, 100) <= percent }

// pick is one of the choices.
func pick[T any](r *random, choices ...T) T { return choices[r.between(0, len(choices)-1)] }
