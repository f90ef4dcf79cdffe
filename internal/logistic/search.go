package logistic

import (
	"context"
	"math"
	"slices"
)

const (
	// decrease and flatter are the strong Wolfe conditions' constants (Nocedal
	// and Wright, equation 3.7): a step must decrease the function by this share
	// of what its slope promises, and end with a slope of at most this share.
	decrease, flatter = 1e-4, 0.9
	// mostTrials is how many lengths a search tries.
	mostTrials = 40
)

// search moves along direction to a point that meets the strong Wolfe
// conditions, and remembers the step. It reports false, and stays, where it
// finds none.
//
// The function is convex, so that its slope along the line grows: the lengths
// to search lie between the longest with a negative slope and the shortest with
// a positive one.
func (m *minimiser) search(ctx context.Context, direction []float64) (bool, error) {
	slope := dot(direction, m.gradient)
	if !(slope < 0) {
		return false, nil
	}
	// Near the minimum the decrease is less than the function's rounding, and
	// the slopes alone decide.
	slack := 1e-13 * math.Abs(m.value)
	low, high := 0.0, math.Inf(1)
	lowSlope, highSlope := slope, math.Inf(1)
	w, gradient := make([]float64, len(m.w)), make([]float64, len(m.w))
	length := 1.0
	for range mostTrials {
		copy(w, m.w)
		add(w, length, direction)
		if slices.Equal(w, m.w) {
			return false, nil
		}
		value, err := m.evaluate(ctx, w, gradient)
		if err != nil {
			return false, err
		}
		at := dot(direction, gradient)
		decreased := value <= m.value+decrease*length*slope+slack
		if decreased && math.Abs(at) <= flatter*-slope {
			moved, changed := slices.Clone(w), slices.Clone(gradient)
			add(moved, -1, m.w)
			add(changed, -1, m.gradient)
			m.w, m.gradient, m.value = w, gradient, value
			return true, m.remember(moved, changed)
		}
		if decreased && at < 0 {
			low, lowSlope = length, at
		} else {
			high, highSlope = length, at
		}
		length = between(low, high, lowSlope, highSlope)
	}
	return false, nil
}

// between is the next length to try: where the line through the slopes crosses
// zero, but away from the ends.
func between(low, high, lowSlope, highSlope float64) float64 {
	if math.IsInf(high, 1) {
		return 4 * low
	}
	share := 0.5
	if highSlope > 0 && !math.IsInf(highSlope, 1) {
		share = min(0.9, max(0.1, lowSlope/(lowSlope-highSlope)))
	}
	return low + share*(high-low)
}
