package fingerprint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"aeprobe/internal/words"
)

// A Field is a value that differs between two trees: its keys joined by dots,
// and what it is in each, nil where it is missing.
type Field struct {
	Path    string
	Was, Is any
}

func (f Field) String() string {
	return fmt.Sprintf("%s was %s, is %s", f.Path, words.Short(f.Was), words.Short(f.Is))
}

// Difference describes the first field, in alphabetical order, in which two
// JSON objects differ; it is empty if they are equal. Fields at the paths in
// except do not count.
func Difference(was, is json.RawMessage, except ...string) (string, error) {
	all, err := Differences(was, is)
	if err != nil {
		return "", err
	}
	for _, f := range all {
		if !slices.Contains(except, f.Path) {
			return f.String(), nil
		}
	}
	return "", nil
}

// TrainingDifference is Difference for the inputs of two trainings, other than
// how long they last: trainings that differ in nothing else are the same up to
// the end of the shorter one, unless their learning rate follows a cosine.
func TrainingDifference(was, is json.RawMessage) (string, error) {
	why, err := Difference(was, is, epochsPath)
	if err != nil || why != "" {
		return why, err
	}
	var inputs struct {
		Training struct{ Schedule struct{ Type string } }
	}
	if err := json.Unmarshal(is, &inputs); err != nil || inputs.Training.Schedule.Type != "cosine" {
		return "", err
	}
	if why, err = Difference(was, is); why != "" {
		why += ", and the cosine schedule's learning rates depend on it from the first epoch on"
	}
	return why, err
}

// epochsPath is where a training's inputs have its length.
const epochsPath = "training.epochs"

// Differences are all fields in which two JSON objects differ, in alphabetical
// order. Arrays of different lengths are one difference.
func Differences(was, is json.RawMessage) ([]Field, error) {
	a, err := decode(was)
	if err != nil {
		return nil, err
	}
	b, err := decode(is)
	if err != nil {
		return nil, err
	}
	return compare("", a, b), nil
}

// decode keeps numbers as they are written: a seed may have more digits than a
// float64.
func decode(text json.RawMessage) (map[string]any, error) {
	var tree map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(&tree)
	return tree, err
}

func compare(path string, was, is any) []Field {
	var found []Field
	within := func(key string, a, b any) {
		if path != "" {
			key = path + "." + key
		}
		found = append(found, compare(key, a, b)...)
	}
	if a, b, ok := both[map[string]any](was, is); ok {
		keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
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
	return []Field{{path, was, is}}
}

// both are a and b if both are of type T.
func both[T any](a, b any) (x, y T, ok bool) {
	x, first := a.(T)
	y, second := b.(T)
	return x, y, first && second
}
