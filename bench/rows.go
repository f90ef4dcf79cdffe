package bench

import (
	"fmt"
	"slices"
)

// A Row compares the contenders on one kind of work.
type Row struct {
	Work, Unit string
	// Digits after the decimal point.
	Digits int
	// LessIsBetter holds for times and memory.
	LessIsBetter bool
	// Cells by contender; missing if not measured.
	Cells map[string]Cell
	// Goals by contender: the ratio that aeprobe should reach; under Aeprobe,
	// the value itself.
	Goals map[string]float64
}

// A Cell is one contender's result.
type Cell struct {
	// Values, one a round.
	Values []float64
	// How adds a few words on how it was done, or is empty.
	How string
}

// Ratio is how many times better aeprobe is than a contender; 0 if either was not
// measured.
func (r Row) Ratio(contender string) float64 {
	ours, theirs := r.Cells[Aeprobe].Values, r.Cells[contender].Values
	if len(ours) == 0 || len(theirs) == 0 {
		return 0
	}
	if r.LessIsBetter {
		return median(theirs) / median(ours)
	}
	return median(ours) / median(theirs)
}

var contenders = []string{Aeprobe, Original, Tuned}

// rows summarizes the measurements.
func (b *bench) rows() ([]Row, error) {
	flops, err := trainingFLOPs()
	if err != nil {
		return nil, err
	}
	side := b.togetherRow()
	return []Row{
		b.rateRow(batch16, "one auto-encoder, batch 16, whole epoch with data", 12, 5),
		side,
		b.rateRow(batch128, "one auto-encoder, batch 128, whole epoch", 8, 3),
		b.rateRow(endToEnd, "end-to-end classifier, batch 16, whole epoch", 11, 3.5),
		b.frozenRow(),
		b.reportRow(),
		b.epochsRow(),
		b.gemmRow(side, flops),
		b.memoryRow(),
	}, nil
}

func goals(original, tuned float64) map[string]float64 {
	return map[string]float64{Original: original, Tuned: tuned}
}

// rateRow is a workload's images per second.
func (b *bench) rateRow(name, work string, original, tuned float64) Row {
	r := Row{Work: work, Unit: "images/s", Cells: map[string]Cell{}, Goals: goals(original, tuned)}
	for _, c := range contenders {
		if s := best(b.series[name], c); s != nil {
			r.Cells[c] = Cell{s.Rates, s.Way}
		}
	}
	return r
}

// togetherRow takes the better of two ways for the peers: side by side, or one
// after another with all threads.
func (b *bench) togetherRow() Row {
	at := workload{sideBySide: 3}.atOnce(b.Threads)
	r := b.rateRow(together, "three auto-encoders side by side, batch 16, together", 10, 4.5)
	for _, c := range contenders {
		several, one := r.Cells[c], best(b.series[batch16], c)
		if len(several.Values) == 0 {
			continue
		}
		several.How = joined(several.How, fmt.Sprintf("%d at a time", at))
		if c != Aeprobe && one != nil && median(one.Rates) > median(several.Values) {
			several = Cell{one.Rates, joined(one.Way, "one after the other")}
		}
		r.Cells[c] = several
	}
	return r
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

// frozenRow is the seconds of the report's epochs.
func (b *bench) frozenRow() Row {
	train, work := float64(reportData().Train), workloads[slices.IndexFunc(workloads, func(w workload) bool { return w.name == frozen })]
	r := b.rateRow(frozen, "a frozen mode, 100 epochs after the features exist", 1000, 50)
	r.Unit, r.Digits, r.LessIsBetter = "s", 1, true
	for c, cell := range r.Cells {
		cell.Values = eachRound(len(cell.Values), func(i int) float64 { return reportEpochs * train / cell.Values[i] })
		cell.How = joined(cell.How, fmt.Sprintf("drawn out from %d of %d epochs", work.timed(c), reportEpochs))
		r.Cells[c] = cell
	}
	return r
}

const wholeReportTitle = "the whole report (3 auto-encoders, 3 classifiers, test, figures), batch 16"

func (b *bench) howOurReport() string {
	return fmt.Sprintf("drawn out from whole reports of %d and %d epochs", shortEpochs, b.longEpochs())
}

// addReport adds the minutes of a contender's report, if it was measured.
func (r Row) addReport(contender string, seconds []float64, how string) {
	if len(seconds) > 0 {
		r.Cells[contender] = Cell{eachRound(len(seconds), func(i int) float64 { return seconds[i] / 60 }), how}
	}
}

// reportRow is the minutes of the whole report.
func (b *bench) reportRow() Row {
	r := Row{Work: wholeReportTitle, Unit: "min", Digits: 1, LessIsBetter: true, Cells: map[string]Cell{}, Goals: goals(13, 4.5)}
	r.addReport(Aeprobe, b.ourReport(), b.howOurReport())
	for _, c := range []string{Original, Tuned} {
		one, gain := b.theirReport(c), b.gain(c)
		how := "composed from the rows above"
		if median(gain) > 1 {
			how = fmt.Sprintf("%s, all of it %.2f times faster for being done side by side", how, median(gain))
		}
		r.addReport(c, eachRound(len(one), func(i int) float64 { return one[i] / gain[i] }), how)
	}
	return r
}

// gemmRow is the FLOP rate of togetherRow's trainings as a share of that of matrix
// products.
func (b *bench) gemmRow(side Row, flops float64) Row {
	r := Row{Work: fmt.Sprintf("share of the cores' float32 GEMM rate, training side by side (%.2f MFLOP an image)", flops/1e6),
		Digits: 2, Cells: map[string]Cell{}, Goals: map[string]float64{Aeprobe: 1}}
	for c, cell := range side.Cells {
		if n := min(len(b.results.GEMM), len(cell.Values)); n > 0 {
			r.Cells[c] = Cell{Values: eachRound(n, func(i int) float64 { return cell.Values[i] * flops / b.results.GEMM[i] })}
		}
	}
	return r
}

func (b *bench) memoryRow() Row {
	r := Row{Work: "peak memory of the whole report", Unit: "MB", LessIsBetter: true,
		Cells: map[string]Cell{}, Goals: map[string]float64{Original: 3}}
	how := map[string]string{Original: "one auto-encoder, without the two data workers", Tuned: "one auto-encoder"}
	for c, peak := range b.peaks {
		r.Cells[c] = Cell{[]float64{peak / 1e6}, how[c]}
	}
	return r
}
