package pairs

import "math"

// foldAccuracies are the shares of each fold's pairs that are told right by the
// threshold that is best on the other folds.
func foldAccuracies(ranked []scored, folds int) []float64 {
	accuracies := make([]float64, folds)
	for f := range accuracies {
		var own, others []scored
		for _, p := range ranked {
			if p.fold == f {
				own = append(own, p)
			} else {
				others = append(others, p)
			}
		}
		threshold := bestThreshold(others)
		correct := 0
		for _, p := range own {
			if (p.score >= threshold) == p.Same {
				correct++
			}
		}
		accuracies[f] = float64(correct) / float64(len(own))
	}
	return accuracies
}

// foldAUCs are those of each fold alone.
func foldAUCs(ranked []scored, folds int) []float64 {
	areas := make([]float64, folds)
	for f := range areas {
		var own []scored
		for _, p := range ranked {
			if p.fold == f {
				own = append(own, p)
			}
		}
		areas[f], _ = auc(own, func(Pair) int { return 1 })
	}
	return areas
}

// bestThreshold is the score from which on pairs are called the same, so that the
// most are right: of several, the highest; infinite, if calling none the same is
// as good.
func bestThreshold(ranked []scored) float64 {
	threshold := math.Inf(1)
	gain, best := 0, 0 // right ones more than at an infinite threshold
	for i, p := range ranked {
		if p.Same {
			gain++
		} else {
			gain--
		}
		if gain > best && !tiedWithNext(ranked, i) {
			threshold, best = p.score, gain
		}
	}
	return threshold
}

// meanAndError are the mean and its standard error, s / sqrt(n), where s divides
// by n - 1.
func meanAndError(values []float64) (mean, standardError float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v
	}
	mean /= n
	var square float64
	for _, v := range values {
		square += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(square / (n - 1) / n)
}
