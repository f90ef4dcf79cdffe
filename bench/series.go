package bench

import "slices"

// A Series is one contender's measurements of one workload, done in one way.
type Series struct {
	Workload, Contender string
	// Way holds the flags of a script that has more than one way.
	Way string
	// Rates are images per second, one per round; empty if the way was only
	// tried.
	Rates []float64
	// Note is the outcome of a way that was only tried.
	Note string

	// The seconds of the last test and of encoding, where there was any, one
	// a round, each for all the images that it was for.
	testSeconds, encodeSeconds []float64
}

func (s *Series) add(trainings []training, images, warm int) {
	var rate float64
	for _, t := range trainings {
		rate += t.rate(images, warm)
	}
	s.Rates = append(s.Rates, rate)
	s.testSeconds = append(s.testSeconds, trainings[0].testSeconds)
	s.encodeSeconds = append(s.encodeSeconds, trainings[0].encodeSeconds)
}

// best is the contender's series with the highest median, or nil.
func best(all []*Series, contender string) *Series {
	var found *Series
	for _, s := range all {
		if s.Contender == contender && len(s.Rates) > 0 && (found == nil || median(s.Rates) > median(found.Rates)) {
			found = s
		}
	}
	return found
}

// median of one or more values.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// eachRound is f of each round, counted from 0.
func eachRound(rounds int, f func(round int) float64) []float64 {
	values := make([]float64, rounds)
	for i := range values {
		values[i] = f(i)
	}
	return values
}
