package plan

import (
	"fmt"
	"math"
	"sync"
	"testing"
)

// TestEvaluator compares maps and losses with those in float64, on one thread and
// on more, and from an example on.
func TestEvaluator(t *testing.T) {
	requirePlans(t)
	for seed := range uint64(20) {
		n := random(seed)
		n.Losses = append(n.Losses, n.Losses[0])
		var whole []float32 // map m of all examples
		for _, c := range []struct{ threads, first int }{{1, 0}, {3, 0}, {2, 5}} {
			name := fmt.Sprintf("seed %d, %+v", seed, c)
			e, err := NewEvaluator(n, c.threads, false)
			if err != nil {
				t.Fatal(err)
			}
			m := n.Losses[0].Map
			size := elements(n.Shape(m))
			count := n.Examples.Count - c.first
			out := make([]float32, count*size)
			if err := e.Begin(c.first, n.Examples.Count, m, out); err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for thread := range e.Threads() {
				all.Go(func() { e.Work(thread) })
			}
			all.Wait()
			r := newReference(n)
			want := make([]float64, len(n.Losses))
			for i := range count {
				r.forward(c.first + i)
				for k, l := range n.Losses {
					loss, _ := r.loss(l, c.first+i)
					if l.Kind != CrossEntropy {
						loss *= float64(elements(n.Shape(l.Map)))
					}
					want[k] += loss
				}
				for k, x := range r.maps[m] {
					if got := float64(out[i*size+k]); !(math.Abs(got-x) < 1e-5*max(1, math.Abs(x))) {
						t.Fatalf("%s: example %d, value %d is %g, want %g", name, i, k, got, x)
					}
				}
			}
			for k, sum := range e.Sums() {
				if !(math.Abs(sum/want[k]-1) < 1e-5) {
					t.Errorf("%s: loss %d sums to %g, want %g", name, k, sum, want[k])
				}
			}
			if whole == nil {
				whole = out
			} else if !sameBits(whole[c.first*size:], out) {
				t.Errorf("%s: other bits", name)
			}
			if err := e.Begin(0, n.Examples.Count+1, m, nil); err == nil {
				t.Error("an example that is not there is accepted")
			}
			e.Close()
		}
	}
}
