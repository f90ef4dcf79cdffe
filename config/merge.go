package config

import (
	"fmt"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// mergeKey is the key under which the sources are merged. Read as one value, a
// definition keeps entries that are empty so far; viper's own listing of all
// settings leaves them out.
const mergeKey = "definition"

// merge lays the sources' values over each other, later over earlier.
func merge(sources []*source) map[string]any {
	v := viper.New()
	for _, s := range sources {
		// It has no way to fail; what it would pass over in silence, a mapping
		// in the place of a value, the schema has ruled out.
		_ = v.MergeConfigMap(map[string]any{mergeKey: s.values})
	}
	merged, _ := v.Get(mergeKey).(map[string]any)
	return merged
}

// decode makes a definition of values that follow the schema.
func decode(values map[string]any) (*Definition, error) {
	var d Definition
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result:          &d,
		TagName:         "yaml",
		SquashTagOption: "inline",
		ErrorUnused:     true,
	})
	if err != nil {
		return nil, fmt.Errorf("decode a definition: %w", err)
	}
	if err := decoder.Decode(values); err != nil {
		return nil, fmt.Errorf("decode a definition: %w", err)
	}
	return &d, nil
}
