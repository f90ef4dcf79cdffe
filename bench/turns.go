package bench

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// takeTurns measures a workload: round by round, each contender in its turn.
func (b *bench) takeTurns(ctx context.Context, w workload) error {
	tried, err := b.tryTuned(ctx, w)
	if err != nil {
		return err
	}
	var series []*Series
	if !w.peersOnly {
		ways := w.ourWays
		if len(ways) == 0 {
			ways = []string{""}
		}
		for _, way := range ways {
			series = append(series, &Series{Workload: w.title, Contender: Aeprobe, Way: way})
		}
	}
	if b.Python != "" && !w.oursOnly && !w.noOriginal {
		series = append(series, &Series{Workload: w.title, Contender: Original})
	}
	series = append(series, tried...)
	b.series[w.name] = series
	for round := range b.Rounds {
		if w.name == together {
			rate, err := gemmRate(b.Threads)
			if err != nil {
				return err
			}
			b.results.GEMM = append(b.results.GEMM, rate)
			b.log("round %d  matrix products          %8.1f GFLOP/s", round+1, rate/1e9)
		}
		for _, s := range series {
			if s.Note != "" {
				continue
			}
			if len(s.Rates) > round {
				continue // its trial was its only round
			}
			trainings, err := b.train(ctx, w, s.Contender, s.Way)
			if err != nil && b.onGPU() && ctx.Err() == nil {
				s.Note = b.failed(s.Contender, s.Way, err)
				if s.Contender == Aeprobe {
					b.failures = append(b.failures, fmt.Errorf("%s, aeprobe %s: %w", w.title, s.Way, err))
				}
				continue
			}
			if err != nil {
				return fmt.Errorf("%s %s: %w", s.Contender, s.Way, err)
			}
			s.add(trainings, b.Images, w.warmEpochs())
			b.log("round %d  %-8s %-19s %8.0f images/s  %s", round+1, s.Contender, s.Way, s.Rates[round], w.title)
		}
	}
	return nil
}

// slack is how many times slower than the best a way of tuned.py may be in its
// trial and still be measured: more than noise alone would explain.
const slack = 1.25

// tryTuned runs the workload once in each of tuned.py's ways. Those that fail, or
// are clearly slower than the best, get a note.
func (b *bench) tryTuned(ctx context.Context, w workload) ([]*Series, error) {
	if b.Python == "" || w.oursOnly {
		return nil, nil
	}
	var all []*Series
	rates := map[*Series]float64{}
	var fastest float64
	var failure error
	for _, way := range w.tunedWays {
		if b.Threads == 1 && strings.Contains(way, "--threads 1") {
			continue // there is no other way then
		}
		s := &Series{Workload: w.title, Contender: Tuned, Way: way}
		all = append(all, s)
		trainings, err := b.train(ctx, w, Tuned, way)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			failure = err
			s.Note = b.failed(Tuned, way, err)
			continue
		}
		for _, t := range trainings {
			rates[s] += t.rate(b.Images, w.warmEpochs())
		}
		if b.Rounds == 1 {
			s.add(trainings, b.Images, w.warmEpochs())
		}
		fastest = max(fastest, rates[s])
		b.log("tried    %-8s %-19s %8.0f images/s  %s", Tuned, way, rates[s], w.title)
	}
	if fastest == 0 && !b.onGPU() {
		return nil, fmt.Errorf("tuned.py: %w", failure)
	}
	for s, rate := range rates {
		if rate*slack < fastest && len(s.Rates) == 0 {
			s.Note = fmt.Sprintf("tried once: %.0f images/s", rate)
		}
	}
	return all, nil
}

// failed logs why a contender failed, and is a note of it.
func (b *bench) failed(contender, way string, err error) string {
	note := "failed: " + reason(err.Error())
	b.log("failed   %-8s %-19s %s", contender, way, err)
	return note
}

// pythonError is the line of a traceback that says what went wrong: what follows are
// hints.
var pythonError = regexp.MustCompile(`(?m)^[\w.]*(Error|Exception|Unsupported)\b.*$`)

// reason is the line of a program's complaint that says most.
func reason(text string) string {
	if lines := pythonError.FindAllString(text, -1); len(lines) > 0 {
		return lines[len(lines)-1]
	}
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// train takes a contender's turn.
func (b *bench) train(ctx context.Context, w workload, contender, way string) ([]training, error) {
	if contender == Aeprobe {
		return b.trainAeprobe(ctx, w, strings.Fields(way))
	}
	return b.trainPyTorch(ctx, w, contender, strings.Fields(way))
}
