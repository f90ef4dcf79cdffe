package experiments

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// verifyResults compares results.json with what the stages' files make of it.
func (v *verifier) verifyResults() {
	const what = "as the stages' results and predictions, the definition and the data make it"
	want, err := v.collect()
	var differences []string
	if err == nil {
		var kept json.RawMessage
		if err = readJSON(filepath.Join(v.dir, resultsFile), &kept); err == nil {
			differences, err = jsonDifferences(kept, want)
		}
	}
	if err != nil {
		differences = []string{err.Error()}
	}
	v.compared(resultsFile, what, differences)
}

// verifyPresentations compares the tables and the page with what results.json
// makes of them.
func (v *verifier) verifyPresentations() error {
	return v.eachPresentation(v.results, func(name string, want []byte) error {
		kept, err := os.ReadFile(filepath.Join(v.dir, name))
		var differences []string
		if err != nil {
			differences = []string{err.Error()}
		} else if !bytes.Equal(kept, want) {
			differences = []string{textDifference(kept, want)}
		}
		v.compared(name, fmt.Sprintf("as %s makes it, byte for byte", resultsFile), differences)
		return nil
	})
}

// textDifference says where two texts first differ.
func textDifference(kept, want []byte) string {
	at := 0
	for at < min(len(kept), len(want)) && kept[at] == want[at] {
		at++
	}
	line := bytes.Count(want[:at], []byte("\n"))
	start := bytes.LastIndexByte(want[:at], '\n') + 1
	const before, after = 30, 30
	start = max(start, at-before)
	excerpt := func(text []byte) string {
		piece, _, _ := strings.Cut(string(text[start:min(len(text), at+after)]), "\n")
		return piece
	}
	return fmt.Sprintf("line %d is kept as %q, and should be %q", line+1, excerpt(kept), excerpt(want))
}

// jsonDifferences are the fields in which two values differ as JSON.
func jsonDifferences(kept, want any) ([]string, error) {
	was, err := jsonTree(kept)
	if err != nil {
		return nil, err
	}
	is, err := jsonTree(want)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, d := range differ("", was, is) {
		all = append(all, fmt.Sprintf("%s is kept as %s, and should be %s", d.path, short(d.was), short(d.is)))
	}
	return all, nil
}

func jsonTree(v any) (map[string]any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return decodeInputs(text)
}
