package experiments

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// Verify recomputes, from the weights and the data, all that the run directory
// o.Dir says: the networks' scores, the predictions, the stored features and
// their projections, results.json, the tables and the page. It passes each
// comparison to check. The directory is only read.
//
// The error is about what kept Verify from comparing; a difference is not an
// error. Of o, Dir, Device and Threads count.
func Verify(ctx context.Context, definition *config.Definition, data *vision.Dataset, o Options, check func(stages.Check)) error {
	o.Autograd = true // what plans computed is computed again without them
	s := newSetup(definition, data, o)
	onCPU, err := s.stagesOn(torch.CPU)
	if err != nil {
		return err
	}
	onGPU, err := s.stagesOn(torch.Device{CUDA: 0})
	if err != nil {
		return err
	}
	unpin, err := torch.Pin()
	if err != nil {
		return err
	}
	defer unpin()
	drop, err := s.loadImages()
	if err != nil {
		return err
	}
	defer drop()
	all, err := s.unfold()
	if err != nil {
		return err
	}
	noteHolders(o.Dir, check)
	results, err := s.openResults(check)
	if err != nil {
		return err
	}
	verify := func(ctx context.Context, i int, check func(stages.Check)) error {
		// The stage as it was on the device that its result names, whose
		// precision may count, with the functions of this one.
		stage, was := all[i], onCPU[i]
		if result, err := stages.ReadResult(s.dir.Folder(stage)); err == nil && result.MadeWith.Device != torch.CPU.String() {
			was = onGPU[i]
		}
		was.Verify = stage.Verify
		return s.dir.Verify(ctx, was, results != nil && results.Mentions(stage.Name), check)
	}
	if err := s.sideBySide(ctx, len(all), verify, check); err != nil {
		return err
	}
	if results == nil {
		return nil
	}
	if err := s.verifyScores(results, check); err != nil {
		return err
	}
	s.verifyResults(results, check)
	s.verifyPresentations(results, check)
	return nil
}

// sideBySide verifies n stages, as many at once as run at once, and passes on what each
// found in the stages' order.
func (s *setup) sideBySide(ctx context.Context, n int, verify func(ctx context.Context, i int, check func(stages.Check)) error, check func(stages.Check)) error {
	found := make([]chan []stages.Check, n)
	for i := range found {
		found[i] = make(chan []stages.Check, 1)
	}
	var next atomic.Int64
	workers, ctx := errgroup.WithContext(ctx)
	for range s.dir.Slots {
		workers.Go(func() error {
			return s.onThread(func() error {
				for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
					if err := ctx.Err(); err != nil {
						return err
					}
					var checks []stages.Check
					if err := verify(ctx, i, func(c stages.Check) { checks = append(checks, c) }); err != nil {
						return err
					}
					found[i] <- checks
				}
				return nil
			})
		})
	}
	for i := range found {
		select {
		case checks := <-found[i]:
			for _, c := range checks {
				check(c)
			}
		case <-ctx.Done(): // a stage could not be compared, or all is to end
			return workers.Wait()
		}
	}
	return workers.Wait()
}

// stagesOn are the definition's stages as they are on a device: a definition can
// ask for another precision of GPUs.
func (s *setup) stagesOn(device torch.Device) ([]*stages.Stage, error) {
	return newSetup(s.definition, s.data, Options{Dir: s.dir.Path, Device: device, Threads: 1}).unfold()
}

// noteHolders notes processes that work on the directory.
func noteHolders(dir string, check func(stages.Check)) {
	note := stages.Check{Subject: "run directory", What: "is in use", Verdict: stages.Noted}
	holders, err := stages.Holders(dir)
	switch {
	case err != nil:
		note.What, note.Differences = "whether it is in use cannot be seen", []string{err.Error()}
	case len(holders) > 0:
		for _, h := range holders {
			note.Differences = append(note.Differences, h+": what it writes meanwhile may be called different")
		}
	default:
		return
	}
	check(note)
}

// openResults reads results.json, which is nil if it is missing or unreadable,
// and compares the definition and data it names with the present ones.
func (s *setup) openResults(check func(stages.Check)) (*report.Results, error) {
	results, err := report.ReadResults(s.dir.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		check(stages.Check{Subject: report.ResultsFile, What: "the run is not finished", Verdict: stages.Absent})
		return nil, nil
	case err != nil:
		check(stages.Compared(report.ResultsFile, "can be read", []string{err.Error()}))
		return nil, nil
	}
	is, err := fingerprint.OfValue(s.definition)
	if err != nil {
		return nil, err
	}
	var definition, data []string
	if was := results.DefinitionFingerprint; was != is {
		definition = []string{fmt.Sprintf("fingerprint is kept as %q, the definition's is %q", was, is)}
	}
	if was, is := results.Data, s.dataUsed(); was != is {
		data = []string{fmt.Sprintf("it was %s, it is %s", was, is)}
	}
	check(stages.Compared(DefinitionFile, "the definition that "+report.ResultsFile+" is of", definition))
	check(stages.Compared("data", "the images that "+report.ResultsFile+" is of", data))
	return results, nil
}

// verifyResults compares results.json with what the stages' files make of it.
func (s *setup) verifyResults(results *report.Results, check func(stages.Check)) {
	const what = "as the stages' results and predictions, the definition and the data make it"
	want, err := s.collect()
	var differences []string
	if err == nil {
		want.Layout = results.Layout
		var kept json.RawMessage
		if err = stages.ReadJSON(s.dir.Join(report.ResultsFile), &kept); err == nil {
			differences, err = stages.JSONDifferences(kept, want)
		}
	}
	if err != nil {
		differences = []string{err.Error()}
	}
	check(stages.Compared(report.ResultsFile, what, differences))
}

// verifyPresentations compares the tables and the page with what results.json
// makes of them.
func (s *setup) verifyPresentations(results *report.Results, check func(stages.Check)) {
	const what = "as results.json and the run's files make it, byte for byte"
	err := s.eachPresentation(results, func(name string, want []byte) error {
		kept, err := os.ReadFile(s.dir.Join(name))
		if name == report.PageFile && errors.Is(err, fs.ErrNotExist) && !s.isIllustrated() {
			check(stages.Check{Subject: name, What: "a run of results only", Verdict: stages.Absent})
			return nil
		}
		var differences []string
		if err != nil {
			differences = []string{err.Error()}
		} else if !bytes.Equal(kept, want) {
			differences = []string{stages.TextDifference(kept, want)}
		}
		if name == report.PageFile {
			check(stages.Compared(name, what, differences))
		} else {
			check(stages.Compared(name, fmt.Sprintf("as %s makes it, byte for byte", report.ResultsFile), differences))
		}
		return nil
	})
	if err != nil { // a file that the page is made from is gone or damaged
		check(stages.Compared(report.PageFile, what, []string{err.Error()}))
	}
}
