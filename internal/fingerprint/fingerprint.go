// Package fingerprint names everything that decides a result, and says in which
// field two results' inputs differ.
//
// The rules: inputs are a struct with yaml tags; their JSON has its keys in
// alphabetical order; a fingerprint is the SHA-256 of that JSON. A new field
// must be omitted from the YAML at the value that earlier versions had, or
// every finished run goes stale.
package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"go.yaml.in/yaml/v3"
)

// Sum is the fingerprint of a stage's inputs: a SHA-256, in hex.
type Sum string

// Of is the fingerprint of canonical JSON.
func Of(inputs json.RawMessage) Sum {
	sum := sha256.Sum256(inputs)
	return Sum(hex.EncodeToString(sum[:]))
}

// OfValue is the fingerprint of a struct with yaml tags.
func OfValue(v any) (Sum, error) {
	text, err := Canonical(v)
	return Of(text), err
}

// IsSum reports whether a value, as JSON has it, is a SHA-256 in hex.
func IsSum(v any) bool {
	text, is := v.(string)
	if !is || len(text) != 2*sha256.Size {
		return false
	}
	_, err := hex.DecodeString(text)
	return err == nil
}

// Canonical is v, a struct with yaml tags, as JSON with its keys in
// alphabetical order.
func Canonical(v any) (json.RawMessage, error) {
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
