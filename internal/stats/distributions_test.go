package stats

import "testing"

// The oracle is scipy's. From 1e7 degrees of freedom on, the normal approximation
// may be 1e-4 off, and errs the more the smaller p is.
func TestStudent(t *testing.T) {
	o := readOracles(t)
	for _, c := range o.StudentP {
		if got := studentP(c.T, c.DF); !near(got, c.P, 1e-4) || c.DF < 1e4 && !near(got, c.P, 1e-9) {
			t.Errorf("t %v, %v degrees of freedom: p is %v, not %v", c.T, c.DF, got, c.P)
		}
		if got, mirrored := studentP(c.T, c.DF), studentP(-c.T, c.DF); got != mirrored {
			t.Errorf("t %v, %v degrees of freedom: p is %v, and %v for -t", c.T, c.DF, got, mirrored)
		}
	}
	for _, c := range o.StudentQuantile {
		if got := studentQuantile(c.P, c.DF); !near(got, c.T, 1e-6) {
			t.Errorf("p %v, %v degrees of freedom: t is %v, not %v", c.P, c.DF, got, c.T)
		}
	}
}
