package experiments

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"aeprobe/config"
	"aeprobe/internal/torch"
)

// MadeWith is the machinery a result was computed with. It does not decide
// what a result means, so it is no part of a fingerprint.
type MadeWith struct {
	Aeprobe  string `json:"aeprobe"`
	Gotch    string `json:"gotch"`
	Libtorch string `json:"libtorch"`
	Device   string `json:"device"`
	CPU      string `json:"cpu_capability"`
	// Threads of one stage.
	Threads int `json:"threads"`
	// TF32 tells that a GPU could round to it.
	TF32 bool `json:"tf32,omitempty"`
}

func madeWith(device torch.Device, threads int) MadeWith {
	m := MadeWith{Aeprobe: "unknown", Gotch: "unknown", Libtorch: torch.Version(),
		Device: device.String(), CPU: torch.CPUCapability(), Threads: threads}
	if info, ok := debug.ReadBuildInfo(); ok {
		m.Aeprobe = info.Main.Version
		for _, dependency := range info.Deps {
			if dependency.Path == "github.com/sugarme/gotch" {
				m.Gotch = dependency.Version
			}
		}
	}
	return m
}

// Fingerprint stands for everything that decides a stage's result: a sha256,
// in hex.
type Fingerprint string

// fingerprint is that of inputs, as JSON.
func fingerprint(inputs json.RawMessage) Fingerprint {
	sum := sha256.Sum256(inputs)
	return Fingerprint(hex.EncodeToString(sum[:]))
}

// definitionFingerprint is that of a whole definition, as resolved.
func definitionFingerprint(d *config.Definition) (Fingerprint, error) {
	text, err := canonicalJSON(d)
	return fingerprint(text), err
}

// canonicalJSON is v, a struct with yaml tags, as JSON with its keys in
// alphabetical order.
func canonicalJSON(v any) (json.RawMessage, error) {
	text, err := yaml.Marshal(v)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	return json.Marshal(tree)
}

// trainingDifference is difference for two training stages' inputs, how long
// they last left aside: trainings that differ in nothing else go the same way.
func trainingDifference(was, is json.RawMessage) (string, error) {
	a, err := decodeInputs(was)
	if err != nil {
		return "", err
	}
	b, err := decodeInputs(is)
	if err != nil {
		return "", err
	}
	for _, tree := range []map[string]any{a, b} {
		if training, ok := tree["training"].(map[string]any); ok {
			delete(training, "epochs")
		}
	}
	return firstOf(differ("", a, b)), nil
}

// difference names the first field, in alphabetical order, in which two
// stages' inputs differ, and both values.
func difference(was, is json.RawMessage) (string, error) {
	a, err := decodeInputs(was)
	if err != nil {
		return "", err
	}
	b, err := decodeInputs(is)
	if err != nil {
		return "", err
	}
	return firstOf(differ("", a, b)), nil
}

// firstOf says of the first difference, if there is one, what was and what is.
func firstOf(differences []fieldDifference) string {
	if len(differences) == 0 {
		return ""
	}
	d := differences[0]
	return fmt.Sprintf("%s was %s, is %s", d.path, short(d.was), short(d.is))
}

// decodeInputs keeps numbers as they are written: a seed may have more digits
// than a float64.
func decodeInputs(inputs json.RawMessage) (map[string]any, error) {
	var tree map[string]any
	decoder := json.NewDecoder(bytes.NewReader(inputs))
	decoder.UseNumber()
	err := decoder.Decode(&tree)
	return tree, err
}

// A fieldDifference is a value of two trees that differs: its keys with dots
// between them, and what it is in each, nil where it is missing.
type fieldDifference struct {
	path    string
	was, is any
}

// differ finds where two trees of maps and arrays differ, in alphabetical
// order. An array of another length is one difference.
func differ(path string, was, is any) []fieldDifference {
	var found []fieldDifference
	within := func(key string, a, b any) {
		if path != "" {
			key = path + "." + key
		}
		found = append(found, differ(key, a, b)...)
	}
	if a, b, ok := both[map[string]any](was, is); ok {
		keys := slices.Concat(sortedKeys(a), sortedKeys(b))
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			within(key, a[key], b[key])
		}
		return found
	}
	if a, b, ok := both[[]any](was, is); ok && len(a) == len(b) {
		for i := range a {
			within(strconv.Itoa(i), a[i], b[i])
		}
		return found
	}
	if reflect.DeepEqual(was, is) {
		return nil
	}
	return []fieldDifference{{path, was, is}}
}

// both are a and b where both are of type T.
func both[T any](a, b any) (x, y T, ok bool) {
	x, first := a.(T)
	y, second := b.(T)
	return x, y, first && second
}

func short(v any) string {
	const enough = 60
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	if len(text) > enough {
		return string(text[:enough]) + "..."
	}
	return string(text)
}
