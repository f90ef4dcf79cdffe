package stages

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"aeprobe/internal/fingerprint"
)

// NotMade is why a stage without a result will be made.
const NotMade = "not made yet"

// Why says why a stage that is not done will be made. It reads only.
func (d *Dir) Why(s *Stage) (string, error) {
	old, err := ReadResult(d.Folder(s))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return NotMade, nil
	case err != nil:
		return "", err
	case old.Fingerprint == s.fingerprint:
		return strings.Join(old.missing(d.Folder(s)), ", "), nil
	}
	fields, err := fingerprint.Differences(old.Inputs, s.inputs)
	if err != nil {
		return "", err
	}
	why := "what it is made from is made again"
	for _, f := range fields {
		if !fingerprint.IsSum(f.Was) || !fingerprint.IsSum(f.Is) {
			why = f.String()
			break
		}
		if f.Path == "data" {
			why = "other images"
		}
	}
	switch longer, err := lastsLonger(old, s); {
	case err != nil:
		return "", err
	case longer:
		return fmt.Sprintf("%s; the training continues", why), nil
	case s.Keep:
		return fmt.Sprintf("%s; the earlier result is set aside", why), nil
	default:
		return why, nil
	}
}

// Refused says why a run would refuse to make a stage; nil if it would not.
func (d *Dir) Refused(s *Stage) error { return d.accept([]*Stage{s}) }
