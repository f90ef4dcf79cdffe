package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"aeprobe/internal/metrics"
)

// peakMemory names what measurePeaks measures.
const peakMemory = "memory"

// measurePeaks measures the peak resident memory of aeprobe's whole report, and of
// each script while it trains an auto-encoder, the largest of its six trainings,
// for one epoch of all images. Memory hardly changes from run to run, so each takes
// one turn.
func (b *bench) measurePeaks(ctx context.Context) error {
	var failure error
	err := b.runAeprobe(ctx, ourRun{definition: "report", train: b.Data.Train.Len(), test: b.Data.Test.Len(),
		sets: []string{"train.epochs=1"}, event: func(pid int, _ metrics.Event) {
			peak, err := memoryOf(pid, "VmHWM")
			failure = errors.Join(failure, err)
			b.peaks[Aeprobe] = max(b.peaks[Aeprobe], peak)
		}})
	if err := errors.Join(err, failure); err != nil {
		return err
	}
	b.log("%-8s %8.0f MB  whole report", Aeprobe, b.peaks[Aeprobe]/1e6)
	if b.Python == "" {
		return nil
	}
	for _, contender := range []string{Original, Tuned} {
		var flags []string
		if s := best(b.series[batch16], contender); s != nil {
			flags = strings.Fields(s.Way)
		}
		err := b.runScript(ctx, script{contender: contender, mode: modeAutoencoder, loss: "bce", batch: 16, epochs: 1,
			images: b.Data.Train.Len(), threads: b.Threads, flags: flags,
			line: func(line scriptLine) { b.peaks[contender] = max(b.peaks[contender], line.PeakRSS) }})
		if err != nil {
			return err
		}
		b.log("%-8s %8.0f MB  one auto-encoder", contender, b.peaks[contender]/1e6)
	}
	return nil
}

// Flat is the resident memory of one long training, in bytes.
type Flat struct {
	// Early is after EarlySteps, and Late after LateSteps.
	EarlySteps, LateSteps int
	Early, Late           float64
}

// earlySteps is when the first look is taken.
const earlySteps = 1000

// watchMemory trains an auto-encoder for FlatSteps steps of batch 16.
func (b *bench) watchMemory(ctx context.Context) error {
	w := workload{name: "flat", mode: modeAutoencoder, loss: "bce", batch: 16}
	file, err := b.writeDefinition(w.name, w.definition(b.Threads))
	if err != nil {
		return err
	}
	steps := (b.Images + w.batch - 1) / w.batch
	epochs := max(2, (b.FlatSteps+steps-1)/steps)
	f := &Flat{EarlySteps: min((earlySteps+steps-1)/steps, epochs-1) * steps, LateSteps: epochs * steps}
	var failure error
	// The test takes a single batch: for larger ones the allocator would keep
	// memory.
	err = b.runAeprobe(ctx, ourRun{definition: file, train: b.Images, test: w.batch,
		sets: []string{fmt.Sprint("train.epochs=", epochs)},
		event: func(pid int, e metrics.Event) {
			if e.Kind != metrics.EpochEnded {
				return
			}
			resident, err := memoryOf(pid, "VmRSS")
			failure = errors.Join(failure, err)
			switch e.Epoch * steps {
			case f.EarlySteps:
				f.Early = resident
			case f.LateSteps:
				f.Late = resident
			}
		}})
	if err := errors.Join(err, failure); err != nil {
		return err
	}
	b.results.Flat = f
	b.log("resident after %d steps %.1f MB, after %d steps %.1f MB", f.EarlySteps, f.Early/1e6, f.LateSteps, f.Late/1e6)
	return nil
}

// memoryOf is a field of a process's status, in bytes; 0 where the process has
// ended.
func memoryOf(pid int, field string) (float64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(text), "\n"+field+":")
	if !found {
		return 0, nil // a process that has ended, but whose end nobody has taken note of
	}
	var kibibytes float64
	_, err = fmt.Sscan(rest, &kibibytes)
	return kibibytes * 1024, err
}
