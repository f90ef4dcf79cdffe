package stages

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"aeprobe/internal/fingerprint"
	"aeprobe/internal/words"
)

// Verify checks all that a stage's folder says. mentioned tells that the run's
// results have its numbers.
func (d *Dir) Verify(ctx context.Context, s *Stage, mentioned bool, report func(Check)) error {
	const what = "made from this definition and this data"
	result, err := ReadResult(d.Folder(s))
	switch {
	case errors.Is(err, fs.ErrNotExist) && !mentioned:
		report(Check{Subject: s.Name, What: "no " + ResultFile, Verdict: Absent})
		return nil
	case errors.Is(err, fs.ErrNotExist):
		report(Compared(s.Name, what, []string{"results.json has its numbers, but there is no " + ResultFile}))
		return nil
	case err != nil:
		report(Compared(s.Name, what, []string{err.Error()}))
		return nil
	}
	differences, err := d.madeFrom(s, result)
	if err != nil {
		return err
	}
	report(Compared(s.Name, what, differences))
	if err := d.verifyFiles(s, result, report); err != nil {
		return err
	}
	if len(result.MadeWith.Mixed) > 0 {
		report(Check{Subject: s.Name, What: "computed on mixed machinery", Verdict: Noted, Differences: result.MadeWith.Mixed})
	}
	if len(differences) > 0 || s.Verify == nil {
		return nil // the numbers of other inputs would differ
	}
	return s.Verify(ctx, s, result, report)
}

// madeFrom is how what a result was made from differs from what the stage would
// be made from now.
func (d *Dir) madeFrom(s *Stage, result *Result) ([]string, error) {
	var all []string
	if result.Stage != s.Name {
		all = append(all, fmt.Sprintf("%s is that of %q", ResultFile, result.Stage))
	}
	fields, err := fingerprint.Differences(result.Inputs, s.inputs)
	if err != nil {
		return append(all, fmt.Sprintf("%s: inputs: %v", ResultFile, err)), nil
	}
	for _, f := range fields {
		all = append(all, f.String())
	}
	if result.Fingerprint != s.fingerprint {
		all = append(all, fmt.Sprintf("fingerprint was %.12s, is %.12s", result.Fingerprint, s.fingerprint))
	}
	if result.Data != d.Data {
		all = append(all, fmt.Sprintf("the data was %s, is %s", result.Data, d.Data))
	}
	return all, nil
}

// verifyFiles compares a stage's files with their checksums.
func (d *Dir) verifyFiles(s *Stage, result *Result, report func(Check)) error {
	if len(result.Files) > 0 {
		report(Compared(s.Name, fmt.Sprintf("%s as when they were written (SHA-256)", words.Count(len(result.Files), "file")),
			result.missing(d.Folder(s))))
		return nil
	}
	files, err := checksums(d.Folder(s), nil)
	if err == nil && len(files) > 0 {
		report(Check{Subject: s.Name, What: "an earlier aeprobe made it, which kept no checksums of its files", Verdict: Noted})
	}
	return err
}
