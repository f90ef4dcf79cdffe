package pairs

// point is one of a ROC curve: the shares of different and of same pairs that a
// threshold calls the same.
type point struct{ fpr, tpr float64 }

// tiedWithNext tells whether no threshold is between pairs i and i + 1.
func tiedWithNext(ranked []scored, i int) bool {
	return i+1 < len(ranked) && ranked[i+1].score == ranked[i].score
}

// curve has a point for each distinct score as threshold, from (0, 0), where none
// is, to (1, 1). It needs pairs of both kinds.
func curve(ranked []scored) []point {
	same := countSame(ranked)
	points := []point{{}}
	var tp, fp int
	for i, p := range ranked {
		if p.Same {
			tp++
		} else {
			fp++
		}
		if !tiedWithNext(ranked, i) {
			points = append(points, point{float64(fp) / float64(len(ranked)-same), float64(tp) / float64(same)})
		}
	}
	return points
}

func countSame(ranked []scored) (n int) {
	for _, p := range ranked {
		if p.Same {
			n++
		}
	}
	return n
}

// equalErrorRate is where FPR = FNR = 1 - TPR on the curve, whose points are
// joined by straight lines.
func equalErrorRate(points []point) float64 {
	for i := 1; ; i++ {
		a, b := points[i-1], points[i]
		before, after := a.fpr+a.tpr-1, b.fpr+b.tpr-1
		if after >= 0 { // which it is at (1, 1)
			return a.fpr - before/(after-before)*(b.fpr-a.fpr)
		}
	}
}

// tprAt is the TPR at fpr, below 1, on the curve, whose points are joined by
// straight lines: the highest where it is vertical.
func tprAt(points []point, fpr float64) float64 {
	i := 0
	for points[i+1].fpr <= fpr {
		i++
	}
	a, b := points[i], points[i+1]
	return a.tpr + (fpr-a.fpr)/(b.fpr-a.fpr)*(b.tpr-a.tpr)
}

// auc is the area under the ROC curve of weighted pairs: the probability that a
// same pair has a higher score than a different one, where ties count half
// (midranks; Hanley and McNeil 1982). It is undefined where either kind weighs
// nothing. Weights are whole numbers, so that sums are exact.
func auc(ranked []scored, weight func(Pair) int) (area float64, defined bool) {
	var twice, same, different, tiedSame, tiedDifferent int
	for i, p := range ranked {
		if p.Same {
			tiedSame += weight(p.Pair)
		} else {
			tiedDifferent += weight(p.Pair)
		}
		if tiedWithNext(ranked, i) {
			continue
		}
		twice += tiedDifferent * (2*same + tiedSame)
		same += tiedSame
		different += tiedDifferent
		tiedSame, tiedDifferent = 0, 0
	}
	if same == 0 || different == 0 {
		return 0, false
	}
	return float64(twice) / (2 * float64(same) * float64(different)), true
}
