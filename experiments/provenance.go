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

	"go.yaml.in/yaml/v3"

	"aeprobe/config"
	"aeprobe/torch"
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
	return differ("", a, b), nil
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
	return differ("", a, b), nil
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

func differ(path string, was, is any) string {
	a, aIsMap := was.(map[string]any)
	b, bIsMap := is.(map[string]any)
	if !aIsMap || !bIsMap {
		if reflect.DeepEqual(was, is) {
			return ""
		}
		return fmt.Sprintf("%s was %s, is %s", path, short(was), short(is))
	}
	var keys []string
	for key := range a {
		keys = append(keys, key)
	}
	for key := range b {
		if _, both := a[key]; !both {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		inner := key
		if path != "" {
			inner = path + "." + key
		}
		if found := differ(inner, a[key], b[key]); found != "" {
			return found
		}
	}
	return ""
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
