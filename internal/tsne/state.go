package tsne

import (
	"math"
	"slices"
)

// State is all that the rest of a descent depends on, besides its inputs. JSON
// keeps every bit of it.
type State struct {
	// Inputs identifies features, start and perplexity.
	Inputs string `json:"inputs"`
	// Iteration is the number of iterations done, 0 to Iterations.
	Iteration int `json:"iteration"`
	// Coordinates, Velocity and Gains are the points', [N] each. The velocity is
	// the last step.
	Coordinates [][2]float64 `json:"coordinates"`
	Velocity    [][2]float64 `json:"velocity"`
	Gains       [][2]float64 `json:"gains"`
}

func newState(inputs string, start [][2]float64) *State {
	s := &State{Inputs: inputs, Coordinates: slices.Clone(start), Velocity: make([][2]float64, len(start))}
	s.Gains = slices.Repeat([][2]float64{{1, 1}}, len(start))
	return s
}

func (s *State) clone() *State {
	return &State{s.Inputs, s.Iteration, slices.Clone(s.Coordinates), slices.Clone(s.Velocity), slices.Clone(s.Gains)}
}

// fits reports whether a descent of that many points can continue from s.
func (s *State) fits(points int) bool {
	for _, values := range [][][2]float64{s.Coordinates, s.Velocity, s.Gains} {
		if len(values) != points || slices.ContainsFunc(values, isNotFinite) {
			return false
		}
	}
	return s.Iteration >= 0 && s.Iteration <= Iterations
}

func isNotFinite(p [2]float64) bool {
	return math.IsNaN(p[0]-p[0]) || math.IsNaN(p[1]-p[1])
}
