package stages

import "slices"

// Makespan is how many seconds Run takes for stages that take so long each, and
// none for those that are done: the first of the waiting ones that has all it
// needs gets a free slot. It leaves out that trainings by plan take the threads of
// stages that have ended.
func Makespan(all []*Stage, slots int, seconds func(*Stage) float64) float64 {
	ended := map[*Stage]error{} // as in Run; the value does not matter
	waiting := slices.Clone(all)
	type job struct {
		stage *Stage
		end   float64
	}
	var running []job
	now := 0.0
	for len(waiting) > 0 || len(running) > 0 {
		i := slices.IndexFunc(waiting, func(s *Stage) bool { return ready(s, ended) })
		if i >= 0 && len(running) < slots {
			running = append(running, job{waiting[i], now + seconds(waiting[i])})
			waiting = slices.Delete(waiting, i, i+1)
			continue
		}
		if len(running) == 0 { // what they need is not among them
			return now
		}
		next := 0
		for k := range running {
			if running[k].end < running[next].end {
				next = k
			}
		}
		now = running[next].end
		ended[running[next].stage] = nil
		running = slices.Delete(running, next, next+1)
	}
	return now
}
