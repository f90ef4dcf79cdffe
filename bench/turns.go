package bench

import (
	"context"
	"fmt"
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
		ways := w.ours
		if len(ways) == 0 {
			ways = []string{""}
		}
		for _, way := range ways {
			series = append(series, &Series{Workload: w.title, Contender: Aeprobe, Way: way})
		}
	}
	if b.Python != "" && !w.oursOnly {
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
			trainings, err := b.train(ctx, w, s.Contender, s.Way)
			if err != nil {
				return fmt.Errorf("%s %s: %w", s.Contender, s.Way, err)
			}
			s.add(trainings, b.Images)
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
	for _, way := range w.tuned {
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
			why := err.Error()
			s.Note = "failed: " + why[strings.LastIndexByte(why, '\n')+1:]
			b.log("tried    %-8s %-19s %s", Tuned, way, s.Note)
			continue
		}
		for _, t := range trainings {
			rates[s] += t.rate(b.Images)
		}
		fastest = max(fastest, rates[s])
		b.log("tried    %-8s %-19s %8.0f images/s  %s", Tuned, way, rates[s], w.title)
	}
	if fastest == 0 {
		return nil, fmt.Errorf("tuned.py: %w", failure)
	}
	for s, rate := range rates {
		if rate*slack < fastest {
			s.Note = fmt.Sprintf("tried once: %.0f images/s", rate)
		}
	}
	return all, nil
}

// train takes a contender's turn.
func (b *bench) train(ctx context.Context, w workload, contender, way string) ([]training, error) {
	if contender == Aeprobe {
		return b.trainAeprobe(ctx, w, strings.Fields(way))
	}
	return b.trainPyTorch(ctx, w, contender, strings.Fields(way))
}
