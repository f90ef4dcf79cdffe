package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	invopop "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "overwrite the expected results with the actual ones")

// TestSchema compares schema.json with the Go structs, their comments and the
// tables.
func TestSchema(t *testing.T) {
	got := generateSchema(t)
	if *update {
		if err := os.WriteFile("schema.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(schemaJSON), string(got)); diff != "" {
		t.Errorf("schema.json is out of date: run go generate ./config (-old +new)\n%s", diff)
	}
}

// TestPatternWords checks that every pattern has a description.
func TestPatternWords(t *testing.T) {
	schema, err := compileSchema()
	if err != nil {
		t.Fatal(err)
	}
	if got := schema.Properties["name"].Pattern.String(); got != validName.String() {
		t.Errorf("the pattern of a definition's name is %s in the schema, %s in check.go", got, validName)
	}
	patterns := 0
	walked := map[*jsonschema.Schema]bool{} // a layer may hold layers
	var walk func(key string, s *jsonschema.Schema)
	walk = func(key string, s *jsonschema.Schema) {
		s = target(s)
		if walked[s] {
			return
		}
		walked[s] = true
		check := func(pattern string) {
			patterns++
			if patternWords[pattern] == "" {
				t.Errorf("%s: no words for pattern %s", key, pattern)
			}
		}
		if s.Pattern != nil {
			check(s.Pattern.String())
		}
		for name, inner := range s.Properties {
			walk(key+"."+name, inner)
		}
		for pattern, inner := range s.PatternProperties {
			check(pattern.String())
			walk(key+".*", inner)
		}
		if s.Items2020 != nil {
			walk(key+".0", s.Items2020)
		}
	}
	walk("", schema)
	if patterns == 0 {
		t.Error("found no pattern in the schema")
	}
}

// generateSchema reflects Definition.
func generateSchema(t *testing.T) []byte {
	t.Helper()
	r := invopop.Reflector{
		Anonymous:                  true,
		ExpandedStruct:             true,
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
	}
	if err := r.AddGoComments("aeprobe/config", "."); err != nil {
		t.Fatal(err)
	}
	for name, comment := range r.CommentMap {
		r.CommentMap[name] = strings.Join(strings.Fields(comment), " ")
	}
	s := r.Reflect(&Definition{})
	s.Title = "aeprobe definition"
	s.Properties.Set("base", &invopop.Schema{
		Type:        "string",
		MinLength:   ptr(1),
		Description: "Base is the definition that this one changes: the name of a built-in one, or a file's path relative to this file's folder.",
	})
	inner := func(definition, property string) *invopop.Schema {
		p, ok := s.Definitions[definition].Properties.Get(property)
		if !ok {
			t.Fatalf("%s has no %s", definition, property)
		}
		return p
	}
	for _, data := range []string{"Data", "Pretraining"} {
		inner(data, "set").Enum = names(Sets, func(s Set) string { return s.Name })
		inner(data, "fit").Enum = names(Fits, itself)
		inner(data, "channels").Enum = []any{1, 3}
	}
	inner("Pretraining", "images").Enum = names(PretrainingImages, itself)
	inner("Model", "pool").Enum = names(Pools, itself)
	inner("Layer", "shortcut").Enum = names(Shortcuts, itself)
	inner("Layer", "type").Enum = names(LayerTypes(), itself)
	inner("Autoencoder", "loss").Enum = names(LossesOf(Decoder), itself)
	inner("Classifier", "loss").Enum = names(LossesOf(Head), itself)
	weights(inner("Autoencoder", "losses"), LossesOf(Decoder))
	weights(inner("Classifier", "losses"), names(Losses, func(l Loss) string { return l.Name }))
	delete(s.Definitions, "LossSum")
	inner("Classifier", "probe").Enum = names(Probes, func(p Probe) string { return p.Name })
	inner("Classifier", "trains").Items.Enum = names(Parts, itself)
	for _, trained := range []string{"Train", "Autoencoder", "Classifier"} {
		inner(trained, "optimizer").Enum = names(Optimizers, itself)
		inner(trained, "decay").Enum = names(Decays, itself)
	}
	inner("Schedule", "type").Enum = names(Schedules, itself)
	inner("Schedule", "at").Items.Minimum = "1"
	inner("Study", "baselines").Items.Enum = names(Baselines, itself)
	inner("Study", "pools").Items.Enum = names(StudyPools, itself)
	inner("Study", "measures").Items.Enum = names(Measures, itself)
	inner("Features", "projections").Items.Enum = names(Projections, itself)
	inner("Numerics", "bce").Enum = names(BCEForms, itself)
	inner("Evaluate", "protocols").Items.Enum = names(Protocols, func(p Protocol) string { return p.Name })
	files := inner("Study", "files")
	files.PatternProperties = map[string]*invopop.Schema{"^[a-z][a-z0-9_-]{0,59}$": {Type: "string", MinLength: ptr(1)}}
	files.AdditionalProperties = invopop.FalseSchema
	seeds, _ := s.Properties.Get("seeds")
	seeds.Items.Minimum, seeds.Items.Maximum = "0", "4294967295"
	figures, _ := s.Properties.Get("figures")
	figures.Items.Enum = names(Figures, itself)

	// Names of entries, and null to remove one.
	for property, entry := range map[string]string{"files": "File", "autoencoders": "Autoencoder", "aggregations": "Aggregation", "classifiers": "Classifier"} {
		m, _ := s.Properties.Get(property)
		m.PatternProperties = map[string]*invopop.Schema{"^[a-z][a-z0-9_-]{0,59}$": {Ref: "#/$defs/" + entry}}
		m.AdditionalProperties = invopop.FalseSchema
		m.MaxProperties = ptr(100)
		s.Definitions[entry].Type = ""
		s.Definitions[entry].Extras = map[string]any{"type": []string{"object", "null"}}
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text, "", "  "); err != nil {
		t.Fatal(err)
	}
	indented.WriteByte('\n')
	return indented.Bytes()
}

// weights makes s a mapping from names to weights.
func weights[T any](s *invopop.Schema, names []T) {
	s.Ref, s.Type, s.Properties = "", "object", invopop.NewProperties()
	for _, name := range names {
		s.Properties.Set(fmt.Sprint(name), &invopop.Schema{Type: "number", Minimum: "0", Maximum: "1000000000"})
	}
	s.AdditionalProperties = invopop.FalseSchema
}

func names[T any](table []T, name func(T) string) []any {
	all := make([]any, len(table))
	for i, row := range table {
		all[i] = name(row)
	}
	return all
}

func itself(name string) string { return name }

func ptr(n uint64) *uint64 { return &n }
