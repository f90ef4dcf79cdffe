package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestOutputIsNotLost finds code that prints to os.Stdout past stdout, where a
// failed write would go unnoticed.
func TestOutputIsNotLost(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	past := regexp.MustCompile(`\bfmt\.Print|\bos\.Stdout\b`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "output.go" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if past.MatchString(strings.ReplaceAll(line, "isTerminal(os.Stdout)", "")) {
				t.Errorf("%s:%d: print to stdout, not os.Stdout", file, i+1)
			}
		}
	}
}
