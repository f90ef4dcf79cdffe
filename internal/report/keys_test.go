package report

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"aeprobe/internal/metrics"
	"aeprobe/internal/stages"
)

// TestKeysAreDocumented looks for each key of what a run writes in docs/files.md.
func TestKeysAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/files.md")
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	for _, v := range []any{Results{}, stages.Result{}, metrics.Epoch{}} {
		for _, key := range keysOf(reflect.TypeOf(v), map[reflect.Type]bool{}) {
			if !strings.Contains(string(text), "`"+key+"`") && !slices.Contains(missing, key) {
				missing = append(missing, key)
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("docs/files.md does not say what these keys are: %s", strings.Join(missing, ", "))
	}
}

// keysOf are the JSON keys of a type and of those in it.
func keysOf(of reflect.Type, seen map[reflect.Type]bool) (keys []string) {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return keysOf(of.Elem(), seen)
	case reflect.Struct:
	default:
		return nil
	}
	if seen[of] {
		return nil
	}
	seen[of] = true
	for i := range of.NumField() {
		field := of.Field(i)
		key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if key == "-" {
			continue
		}
		if key != "" {
			keys = append(keys, key)
		}
		keys = append(keys, keysOf(field.Type, seen)...)
	}
	return keys
}
