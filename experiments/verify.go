package experiments

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/vision"
)

// Verdict is what came out of a Check.
type Verdict string

// The verdicts.
const (
	Equal     Verdict = "equal"
	Different Verdict = "different"
	// Absent is what has not been made yet, and that nothing speaks of.
	Absent Verdict = "not there yet"
	// Noted is what could not be checked, or what a reader of the other checks
	// should know.
	Noted Verdict = "note"
)

// Check is one thing that Verify looked at.
type Check struct {
	// Subject is a stage or a file, as it is named in the run directory.
	Subject string `json:"subject"`
	// What was compared with what, with the tolerance where there is one.
	What    string  `json:"what"`
	Verdict Verdict `json:"verdict"`
	// Differences say how it differs, or what is to be known.
	Differences []string `json:"differences,omitempty"`
}

// A verifier looks at a run directory without changing it.
type verifier struct {
	*run
	// results are those in results.json, nil where there are none.
	results *Results
	report  func(Check)
}

// Verify computes again, from the weights and the data, all that the run
// directory o.Dir says: the networks' scores, the predictions, the stored
// features and their principal components, results.json, the tables and the
// page. Each thing that was compared is reported. The directory is only read.
//
// The error is about what kept Verify from comparing; differences are no
// error. Of o, Dir, Device and Threads count.
func Verify(ctx context.Context, definition *config.Definition, data *vision.Dataset, o Options, report func(Check)) error {
	v := &verifier{run: newRun(definition, data, o), report: report}
	onCPU, err := v.stagesOn(torch.CPU)
	if err != nil {
		return err
	}
	onGPU, err := v.stagesOn(torch.Device{CUDA: 0})
	if err != nil {
		return err
	}
	unpin, err := torch.Pin()
	if err != nil {
		return err
	}
	defer unpin()
	drop, err := v.loadImages()
	if err != nil {
		return err
	}
	defer drop()
	v.noteHolder()
	if err := v.openResults(); err != nil {
		return err
	}
	for i := range onCPU {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := v.verifyStage(ctx, onCPU[i], onGPU[i]); err != nil {
			return err
		}
	}
	if v.results == nil {
		return nil
	}
	v.verifyResults()
	return v.verifyPresentations()
}

// stagesOn are the definition's stages as they are on a device: a definition
// can ask for another precision of GPUs.
func (v *verifier) stagesOn(device torch.Device) ([]*stage, error) {
	return newRun(v.definition, v.data, Options{Dir: v.dir, Device: device, Threads: 1}).stages()
}

// compared reports a check that found the differences given, or none.
func (v *verifier) compared(subject, what string, differences []string) {
	verdict := Equal
	if len(differences) > 0 {
		verdict = Different
	}
	v.report(Check{Subject: subject, What: what, Verdict: verdict, Differences: differences})
}

// noteHolder tells of a process that works on the directory.
func (v *verifier) noteHolder() {
	note := Check{Subject: "run directory", What: "is in use", Verdict: Noted}
	by, err := holder(v.dir)
	switch {
	case err != nil:
		note.What, note.Differences = "whether it is in use cannot be seen", []string{err.Error()}
	case by != "":
		note.Differences = []string{fmt.Sprintf("%s works on it: what it writes meanwhile may be called different", by)}
	default:
		return
	}
	v.report(note)
}

// openResults reads results.json.
func (v *verifier) openResults() error {
	results, err := ReadResults(v.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.report(Check{Subject: resultsFile, What: "the run has not come to its end", Verdict: Absent})
	case err != nil:
		v.compared(resultsFile, "can be read", []string{err.Error()})
	default:
		v.results = results
		return v.verifyOrigin()
	}
	return nil
}

// verifyOrigin compares the definition and the data that results.json names
// with those that are there.
func (v *verifier) verifyOrigin() error {
	is, err := definitionFingerprint(v.definition)
	if err != nil {
		return err
	}
	var definition, data []string
	if was := v.results.DefinitionFingerprint; was != is {
		definition = []string{fmt.Sprintf("fingerprint is kept as %q, the definition's is %q", was, is)}
	}
	if was, is := v.results.Data, v.dataUsed(); was != is {
		data = []string{fmt.Sprintf("it was %s, it is %s", was, is)}
	}
	v.compared(definitionFile, "the definition that "+resultsFile+" is of", definition)
	v.compared("data", "the images that "+resultsFile+" is of", data)
	return nil
}

// spokenOf reports whether results.json has numbers of a stage.
func (v *verifier) spokenOf(stage string) bool {
	if v.results == nil {
		return false
	}
	for _, s := range v.results.sources() {
		if s.Stage == stage {
			return true
		}
	}
	return false
}
