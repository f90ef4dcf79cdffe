package stages

import "testing"

// Two slots: a (3 s) and b (1 s) start; c (1 s) takes b's slot and d, which needs
// a, its: 3 + 4 s. With one slot it is the sum.
func TestMakespan(t *testing.T) {
	a, b, c := &Stage{Name: "a"}, &Stage{Name: "b"}, &Stage{Name: "c"}
	d := &Stage{Name: "d", Needs: []*Stage{a}}
	seconds := map[*Stage]float64{a: 3, b: 1, c: 1, d: 4}
	of := func(s *Stage) float64 { return seconds[s] }
	for slots, want := range map[int]float64{1: 9, 2: 7, 4: 7} {
		if got := Makespan([]*Stage{a, b, c, d}, slots, of); got != want {
			t.Errorf("%d slots: %v s, want %v", slots, got, want)
		}
	}
}
