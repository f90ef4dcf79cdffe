package config

import (
	"fmt"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// mergeKey is the key that the sources are merged under. Reading it back as one
// value keeps empty entries, which viper's AllSettings drops.
const mergeKey = "definition"

// merge merges the sources' values; later ones win.
func merge(sources []*source) map[string]any {
	v := viper.New()
	for _, s := range sources {
		// It never fails. It silently skips a mapping where a scalar is
		// expected, but the schema has ruled that out.
		_ = v.MergeConfigMap(map[string]any{mergeKey: s.values})
	}
	merged, _ := v.Get(mergeKey).(map[string]any)
	return merged
}

// decode converts values that follow the schema into a definition.
func decode(values map[string]any) (*Definition, error) {
	var d Definition
	decoder, err := mapstructure.NewDecoder(&mapstructure.DecoderConfig{
		Result:          &d,
		TagName:         "yaml",
		SquashTagOption: "inline",
		ErrorUnused:     true,
	})
	if err != nil {
		return nil, fmt.Errorf("decode the definition: %w", err)
	}
	if err := decoder.Decode(values); err != nil {
		return nil, fmt.Errorf("decode the definition: %w", err)
	}
	return &d, nil
}
