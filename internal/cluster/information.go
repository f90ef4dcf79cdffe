package cluster

import "math"

// mutualInformation is that of classes and clusters, in nats.
func (t *table) mutualInformation() float64 {
	var information float64
	for c, row := range t.counts {
		for j, n := range row {
			if n > 0 {
				information += t.term(n, t.classes[c], t.clusters[j])
			}
		}
	}
	return information
}

// term is what n images add to the mutual information that a class of size a and
// a cluster of size b share.
func (t *table) term(n, a, b int) float64 {
	total := float64(t.total)
	return float64(n) / total * math.Log(total*float64(n)/(float64(a)*float64(b)))
}

// expectedInformation is the mean of mutualInformation over all partitions of
// these sizes, in nats: n images of a class of size a fall in a cluster of size b
// with the hypergeometric probability (Vinh, Epps and Bailey, Information
// Theoretic Measures for Clusterings Comparison, JMLR 11, 2010).
func (t *table) expectedInformation() float64 {
	// logs are the logarithms of factorials.
	logs := make([]float64, t.total+1)
	for n := range logs {
		logs[n], _ = math.Lgamma(float64(n + 1))
	}
	var expected float64
	for _, a := range t.classes {
		for _, b := range t.clusters {
			fixed := logs[a] + logs[b] + logs[t.total-a] + logs[t.total-b] - logs[t.total]
			for n := max(1, a+b-t.total); n <= min(a, b); n++ {
				p := math.Exp(fixed - logs[n] - logs[a-n] - logs[b-n] - logs[t.total-a-b+n])
				expected += t.term(n, a, b) * p
			}
		}
	}
	return expected
}
