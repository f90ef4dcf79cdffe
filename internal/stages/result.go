package stages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"aeprobe/internal/atomicfile"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/metrics"
)

// ResultFile is a stage's result, in its folder.
const ResultFile = "result.json"

// Result is a stage's result.json.
type Result struct {
	Stage       string          `json:"stage"`
	Fingerprint fingerprint.Sum `json:"fingerprint"`
	Inputs      json.RawMessage `json:"inputs"`
	MadeWith    MadeWith        `json:"made_with"`
	Data        DataUsed        `json:"data"`
	// Files are the SHA-256 sums, in hex, of the files in the stage's folder.
	Files map[string]string `json:"files,omitempty"`

	// Training is nil for a stage that trained nothing.
	Training *metrics.Training `json:"training,omitempty"`
	// Details are what else the stage's kind measured: further keys of the
	// JSON object.
	Details map[string]json.RawMessage `json:"-"`
}

// MadeWith is the machinery that a result was computed with. It does not decide
// what a result means, so it is not part of a fingerprint.
type MadeWith struct {
	Aeprobe  string `json:"aeprobe"`
	Gotch    string `json:"gotch"`
	Libtorch string `json:"libtorch"`
	Device   string `json:"device"`
	CPU      string `json:"cpu_capability"`
	// Threads of one stage; a training by plan may have had more at times.
	Threads int `json:"threads"`
	// TF32 tells that a GPU could round to it.
	TF32 bool `json:"tf32,omitempty"`
	// PlanRevision is plan.Revision, whether or not a plan was used.
	PlanRevision int `json:"plan_revision,omitempty"`
	// BF16 tells that training was in mixed precision.
	BF16 bool `json:"bf16,omitempty"`
	// Mixed lists the changes of machinery during the training: its bits are
	// reproducible on none of them alone.
	Mixed []string `json:"mixed,omitempty"`
}

// DataUsed says which images a stage worked on.
type DataUsed struct {
	// Title is what tables and figures must call the data: "CIFAR-10",
	// "modified CIFAR-10", "synthetic data".
	Title       string `json:"title"`
	Fingerprint string `json:"fingerprint"`
	// Train and Test count the images.
	Train int `json:"train"`
	Test  int `json:"test"`
}

func (d DataUsed) String() string {
	return fmt.Sprintf("%s (%d training, %d test images, fingerprint %.12s)", d.Title, d.Train, d.Test, d.Fingerprint)
}

// SetVersions fills in the versions of aeprobe and gotch.
func (m *MadeWith) SetVersions() {
	m.Aeprobe, m.Gotch = "unknown", "unknown"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	m.Aeprobe = info.Main.Version
	for _, dependency := range info.Deps {
		if dependency.Path == "github.com/sugarme/gotch" {
			m.Gotch = dependency.Version
		}
	}
}

// SetDetail stores v under key, which must not be a field of Result.
func (r *Result) SetDetail(key string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if r.Details == nil {
		r.Details = map[string]json.RawMessage{}
	}
	r.Details[key] = text
	return nil
}

// Detail reads what SetDetail stored under key.
func (r *Result) Detail(key string, v any) error {
	text, has := r.Details[key]
	if !has {
		return fmt.Errorf("%s: %s has no %q", r.Stage, ResultFile, key)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %s: %s: %w", r.Stage, ResultFile, key, err)
	}
	return nil
}

// MarshalJSON writes the details as keys next to the fields.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	text, err := json.Marshal(plain(r))
	if err != nil || len(r.Details) == 0 {
		return text, err
	}
	all := bytes.NewBuffer(bytes.TrimSuffix(text, []byte("}")))
	for _, key := range slices.Sorted(maps.Keys(r.Details)) {
		fmt.Fprintf(all, ",%q:%s", key, r.Details[key])
	}
	all.WriteByte('}')
	return all.Bytes(), nil
}

// UnmarshalJSON keeps the keys that are no fields as details.
func (r *Result) UnmarshalJSON(text []byte) error {
	type plain Result
	if err := json.Unmarshal(text, (*plain)(r)); err != nil {
		return err
	}
	r.Details = nil
	if err := json.Unmarshal(text, &r.Details); err != nil {
		return err
	}
	for _, field := range []string{"stage", "fingerprint", "inputs", "made_with", "data", "files", "training"} {
		delete(r.Details, field)
	}
	return nil
}

// ReadResult reads the result.json of a stage's folder.
func ReadResult(dir string) (*Result, error) {
	var result Result
	if err := ReadJSON(filepath.Join(dir, ResultFile), &result); err != nil {
		return nil, err
	}
	return &result, nil
}

// WriteJSON writes v, indented, atomically.
func WriteJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return atomicfile.WriteBytes(path, append(text, '\n'))
}

// ReadJSON reads what WriteJSON wrote.
func ReadJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// UnknownStageError says that a run has no stage of a name.
type UnknownStageError struct {
	Name  string
	Known []string
}

func (e *UnknownStageError) Error() string {
	return fmt.Sprintf("no stage named %q\nthere are: %s", e.Name, strings.Join(e.Known, ", "))
}
