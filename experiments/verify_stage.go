package experiments

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"aeprobe/internal/torch"
)

// verifyStage checks all that the folder of a stage holds, which was made on a
// CPU or on a GPU.
func (v *verifier) verifyStage(ctx context.Context, onCPU, onGPU *stage) error {
	const what = "made from this definition and this data"
	s := onCPU
	result, err := ReadResult(filepath.Join(v.dir, s.name))
	if err == nil && result.MadeWith.Device != torch.CPU.String() {
		s = onGPU
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && !v.spokenOf(s.name):
		v.report(Check{Subject: s.name, What: "no " + resultFile, Verdict: Absent})
		return nil
	case errors.Is(err, fs.ErrNotExist):
		v.compared(s.name, what, []string{fmt.Sprintf("%s has its numbers, but there is no %s", resultsFile, resultFile)})
		return nil
	case err != nil:
		v.compared(s.name, what, []string{err.Error()})
		return nil
	}
	differences, err := v.madeFrom(s, result)
	if err != nil {
		return err
	}
	v.compared(s.name, what, differences)
	v.verifyFiles(s, result)
	if len(differences) > 0 || s.verify == nil {
		return nil // of another definition, its numbers would be others
	}
	return s.verify(v, ctx, s, result)
}

// madeFrom is how what a result was made from differs from what it would be
// made from now.
func (v *verifier) madeFrom(s *stage, result *Result) ([]string, error) {
	var all []string
	if result.Stage != s.name {
		all = append(all, fmt.Sprintf("%s is that of %q", resultFile, result.Stage))
	}
	was, err := decodeInputs(result.Inputs)
	if err != nil {
		return append(all, fmt.Sprintf("%s: inputs: %v", resultFile, err)), nil
	}
	is, err := decodeInputs(s.inputsJSON)
	if err != nil {
		return nil, err
	}
	for _, d := range differ("", was, is) {
		all = append(all, fmt.Sprintf("%s was %s, is %s", d.path, short(d.was), short(d.is)))
	}
	if result.Fingerprint != s.fingerprint {
		all = append(all, fmt.Sprintf("fingerprint was %.12s, is %.12s", result.Fingerprint, s.fingerprint))
	}
	if data := v.dataUsed(); result.Data != data {
		all = append(all, fmt.Sprintf("the data was %s, is %s", result.Data, data))
	}
	return all, nil
}

// String says which data it is.
func (d DataUsed) String() string {
	return fmt.Sprintf("%s (%d training, %d test images, fingerprint %.12s)", d.Title, d.Train, d.Test, d.Fingerprint)
}

// verifyFiles compares a stage's files with the checksums in its result.
func (v *verifier) verifyFiles(s *stage, result *Result) {
	what := fmt.Sprintf("%s as when they were written (SHA-256)", plural(len(result.Files), "file"))
	if len(result.Files) == 0 {
		v.report(Check{Subject: s.name, What: "an earlier aeprobe made it, which kept no checksums of its files", Verdict: Noted})
		return
	}
	var differences []string
	for _, name := range sortedKeys(result.Files) {
		sum, err := checksum(filepath.Join(v.dir, s.name, filepath.Base(name)))
		switch {
		case err != nil:
			differences = append(differences, err.Error())
		case sum != result.Files[name]:
			differences = append(differences, fmt.Sprintf("%s has SHA-256 %.12s, was written with %.12s", name, sum, result.Files[name]))
		}
	}
	v.compared(s.name, what, differences)
}
