package sweep

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"aeprobe/internal/atomicfile"
)

// RunsFile lists the runs, one a line, with tabs between a run's number, folder,
// overrides and fingerprint.
const RunsFile = "runs.tsv"

const runsHeader = "run\tfolder\toverrides\tfingerprint"

// A Run is one line of runs.tsv.
type Run struct {
	// Number counts from 0, and never changes.
	Number int
	// Folder is the run directory, in the sweep's folder.
	Folder string
	// Overrides are nil in a sweep that was opened for a task, until Part.Of.
	Overrides Overrides
	// Fingerprint is the SHA-256, in hex, of the sweep's base and the overrides.
	Fingerprint string

	// text is Overrides, while it is not decoded.
	text string
}

// perShard is how many runs share a folder: few enough for every file system.
const perShard = 1000

func newRun(number int, o Overrides, base string) Run {
	sum := sha256.Sum256([]byte(base + "\n" + o.String()))
	return Run{Number: number, Folder: fmt.Sprintf("runs/%03d/%06d", number/perShard, number), Overrides: o, Fingerprint: hex.EncodeToString(sum[:])}
}

// readRuns reads runs.tsv, which a sweep whose first planning was cut off does not
// have, without decoding the overrides: a task of a large sweep needs few of them.
func readRuns(dir string) ([]Run, error) {
	path := filepath.Join(dir, RunsFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if lines[0] != runsHeader {
		return nil, fmt.Errorf("%s:1: expected %q, found %q\nonly aeprobe sweep plan writes this file", path, runsHeader, lines[0])
	}
	runs := make([]Run, 0, len(lines)-1)
	for i, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		r := Run{Number: i}
		if len(cells) != 4 || cells[0] != fmt.Sprint(i) {
			return nil, fmt.Errorf("%s:%d: expected run %d with folder, overrides and fingerprint\nonly aeprobe sweep plan writes this file", path, i+2, i)
		}
		r.Folder, r.text, r.Fingerprint = cells[1], cells[2], cells[3]
		if !filepath.IsLocal(r.Folder) {
			return nil, fmt.Errorf("%s:%d: the folder %q is outside of the sweep", path, i+2, r.Folder)
		}
		runs = append(runs, r)
	}
	return runs, nil
}

// decode gives runs of readRuns their overrides.
func (s *Sweep) decode(runs []Run) error {
	for i := range runs {
		r := &runs[i]
		if r.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(r.text), &r.Overrides); err != nil {
			return fmt.Errorf("%s:%d: %w\nonly aeprobe sweep plan writes this file", s.Join(RunsFile), r.Number+2, err)
		}
		r.text = ""
	}
	return nil
}

// appendRuns writes runs.tsv with further runs. The lines that are there stay, byte
// for byte.
func appendRuns(dir string, further []Run) error {
	path := filepath.Join(dir, RunsFile)
	kept, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		kept, err = []byte(runsHeader+"\n"), nil
	}
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		b.Write(bytes.TrimRight(kept, "\n"))
		for _, r := range further {
			fmt.Fprintf(b, "\n%d\t%s\t%s\t%s", r.Number, r.Folder, r.Overrides, r.Fingerprint)
		}
		b.WriteByte('\n')
		return b.Flush() // which keeps the first error
	})
}
