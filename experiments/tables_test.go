package experiments

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
	"aeprobe/internal/report"
)

// TestTablesHaveTheDefinitionsNames holds each list of names that a definition
// may use against the table that makes something of them, both ways.
func TestTablesHaveTheDefinitionsNames(t *testing.T) {
	for what, names := range map[string]struct{ table, config []string }{
		"losses":      {sortedKeys(objectives), namesOf(config.Losses, func(l config.Loss) string { return l.Name })},
		"probes":      {sortedKeys(probes), namesOf(config.Probes, func(p config.Probe) string { return p.Name })},
		"projections": {sortedKeys(projections), config.Projections},
		"figures":     {sortedKeys(figureKinds()), config.Figures},
		"protocols":   {sortedKeys(report.Protocols), namesOf(config.Protocols, func(p config.Protocol) string { return p.Name })},
		"pools":       {sortedKeys(poolNames), config.Pools},
		"measures":    {sortedKeys(measures), config.Measures},
	} {
		if diff := cmp.Diff(slices.Sorted(slices.Values(names.config)), names.table); diff != "" {
			t.Errorf("%s (-config +table):\n%s", what, diff)
		}
	}
}

// TestLossesAreWhatConfigSaysOfThem checks that the losses that auto-encoders
// are tested with are those that config computes from the decoder.
func TestLossesAreWhatConfigSaysOfThem(t *testing.T) {
	for _, loss := range config.Losses {
		if scores := objectives[loss.Name].scores; scores != (loss.Part == config.Decoder) {
			t.Errorf("%s: tested with auto-encoders: %t, but it is computed from the %s", loss.Name, scores, loss.Part)
		}
	}
	for name, kind := range probes {
		i := slices.IndexFunc(config.Probes, func(p config.Probe) bool { return p.Name == name })
		if kind.build == nil || kind.demand == nil || i < 0 {
			t.Errorf("probe %s is incomplete", name)
		}
	}
}

// TestKindsAreKeysOfADefinition checks that each kind of stage is named after
// the part of a definition that it is made from.
func TestKindsAreKeysOfADefinition(t *testing.T) {
	var keys []string
	for field := range reflect.TypeFor[config.Definition]().Fields() {
		key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		keys = append(keys, key)
	}
	for _, k := range kinds {
		if !slices.Contains(keys, k.name) {
			t.Errorf("a definition has no %s: %v", k.name, keys)
		}
	}
}

func namesOf[T any](table []T, name func(T) string) []string {
	var all []string
	for _, row := range table {
		all = append(all, name(row))
	}
	return all
}
