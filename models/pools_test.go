package models

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"aeprobe/config"
)

func TestPoolsHaveTheDefinitionsNames(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(slices.Values(config.Pools)), slices.Sorted(maps.Keys(pools))); diff != "" {
		t.Errorf("pools (-config +table):\n%s", diff)
	}
}
