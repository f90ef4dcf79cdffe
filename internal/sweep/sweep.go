package sweep

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"aeprobe/internal/atomicfile"
	"aeprobe/internal/lock"
)

// Files of a sweep's folder.
const (
	FixedFile = "sweep.yaml"
	BaseFile  = "base.yaml"
	// SharedFolder is where runs share finished stages.
	SharedFolder = "shared"
	LogsFolder   = "logs"
)

// Fixed is sweep.yaml: all that decides bits, besides the definitions.
type Fixed struct {
	// ID tells a sweep's jobs from those of others.
	ID string `yaml:"id"`
	// Base is the SHA-256, in hex, of base.yaml.
	Base string `yaml:"base_sha256"`
	// Fields are the keys that were swept when it was planned, in order.
	Fields []string `yaml:"fields"`

	Keep       string    `yaml:"keep"`
	Device     string    `yaml:"device"`
	Threads    int       `yaml:"threads"`
	Capability string    `yaml:"cpu_capability"`
	Autograd   bool      `yaml:"autograd,omitempty"`
	Libtorch   string    `yaml:"libtorch"`
	Data       FixedData `yaml:"data"`
	PerRun     PerRun    `yaml:"per_run"`
}

// FixedData says which images a sweep is about.
type FixedData struct {
	Set string `yaml:"set"`
	// Path is absolute, or synthetic.
	Path string `yaml:"path"`
	// Fingerprint is that of the whole set; empty for images that are drawn.
	Fingerprint string `yaml:"fingerprint,omitempty"`
	Title       string `yaml:"title"`
}

// PerRun is what the most demanding of the planned runs takes, an estimate; Seconds
// are those of training steps, 0 if no speed could be measured.
type PerRun struct {
	Disk    int64   `yaml:"disk_bytes"`
	Memory  int64   `yaml:"memory_bytes"`
	Files   int     `yaml:"files"`
	Seconds float64 `yaml:"training_seconds"`
}

// A Sweep is a planned one.
type Sweep struct {
	Dir string
	Fixed
	Runs []Run
}

// Open reads a sweep's folder and checks that base.yaml is as it was planned.
func Open(dir string) (*Sweep, error) {
	s, err := OpenForTask(dir)
	if err != nil {
		return nil, err
	}
	return s, s.decode(s.Runs)
}

// OpenForTask is Open for a task: its runs have no overrides until Part.Of returns
// them.
func OpenForTask(dir string) (*Sweep, error) {
	s, err := read(dir)
	if err != nil {
		return nil, err
	}
	if len(s.Runs) == 0 {
		return nil, fmt.Errorf("the planning of %s was cut off before it wrote %s\nrepeat aeprobe sweep plan", dir, RunsFile)
	}
	base, err := os.ReadFile(s.BasePath())
	if err != nil {
		return nil, err
	}
	if sum := sumOf(base); sum != s.Base {
		return nil, fmt.Errorf("%s has changed since the sweep was planned: its SHA-256 was %.12s, is %.12s\n"+
			"restore it, or plan another sweep", s.BasePath(), s.Base, sum)
	}
	return s, nil
}

// read is Open of a sweep that may not be planned to the end.
func read(dir string) (*Sweep, error) {
	text, err := os.ReadFile(filepath.Join(dir, FixedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no sweep: it has no %s\naeprobe sweep plan makes one", dir, FixedFile)
	}
	if err != nil {
		return nil, err
	}
	s := &Sweep{Dir: dir}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&s.Fixed); err != nil {
		return nil, fmt.Errorf("%s: %w\nonly aeprobe sweep plan writes this file", filepath.Join(dir, FixedFile), err)
	}
	s.Runs, err = readRuns(dir)
	return s, err
}

// write writes sweep.yaml.
func (f *Fixed) write(dir string) error {
	text, err := yaml.Marshal(f)
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(filepath.Join(dir, FixedFile), text)
}

// BasePath is the definition that all runs override.
func (s *Sweep) BasePath() string { return s.Join(BaseFile) }

// Join is a path in the sweep's folder.
func (s *Sweep) Join(names ...string) string {
	return filepath.Join(append([]string{s.Dir}, names...)...)
}

// Folder is a run's directory.
func (s *Sweep) Folder(r Run) string { return s.Join(filepath.FromSlash(r.Folder)) }

// RemoveShared removes what runs shared, once all are done: most of it is in their
// folders, too. It leaves a sweep alone that is being planned, or has new runs.
func (s *Sweep) RemoveShared() error {
	unlock, err := lockFolder(s.Dir)
	if _, held := errors.AsType[*lock.HeldError](err); held {
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	if runs, err := readRuns(s.Dir); err != nil || len(runs) != len(s.Runs) {
		return err
	}
	return os.RemoveAll(s.Join(SharedFolder))
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
