package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// almostNormal is the number of degrees of freedom from which Student's t is
// taken as normal: p values of 1e-6 then differ by less than 1 in 10,000, and
// the incomplete beta function would lose more than that to rounding.
const almostNormal = 1e7

// normalP is the two-sided p value of a standard normal z.
func normalP(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// normalQuantile is the z that a standard normal variable is below with
// probability p.
func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// studentP is the two-sided p value of t with df degrees of freedom, which may
// be infinite.
func studentP(t, df float64) float64 {
	if df > almostNormal {
		return normalP(t)
	}
	return 2 * distuv.StudentsT{Sigma: 1, Nu: df}.CDF(-math.Abs(t))
}

// studentQuantile is the t that a variable with df degrees of freedom is below
// with probability p.
func studentQuantile(p, df float64) float64 {
	if df > almostNormal {
		return normalQuantile(p)
	}
	return distuv.StudentsT{Sigma: 1, Nu: df}.Quantile(p)
}
