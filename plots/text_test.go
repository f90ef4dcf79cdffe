package plots

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		text  string
		width vg.Length
		want  string // lines, joined by |
	}{
		{"", 100, ""},
		{"  ", 100, ""},
		{"one two", 100, "one two"},
		{"one two", 20, "one|two"},
		{"one · two", 16, "one|two"},
		{"one · two", 24, "one ·|two"},
	} {
		if got := strings.Join(tickText.wrap(tt.text, tt.width), "|"); got != tt.want {
			t.Errorf("wrap(%q, %v) = %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}

func TestWrapKeepsWordsAndWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		width := vg.Length(rapid.Float64Range(12, 200).Draw(t, "width")) // wider than any character
		lines := tickText.wrap(text, width)
		for _, line := range lines {
			if tickText.width(line) > width && utf8.RuneCountInString(line) > 1 {
				t.Errorf("line %q is %v wide, want at most %v", line, tickText.width(line), width)
			}
		}
		bare := func(s string) string { return strings.ReplaceAll(strings.Join(strings.Fields(s), ""), "·", "") }
		if got, want := bare(strings.Join(lines, "")), bare(text); got != want {
			t.Errorf("the lines hold %q, want %q", got, want)
		}
	})
}

func TestWrapTo(t *testing.T) {
	if got := strings.Join(tickText.wrapTo("one two three four", 24, 2), "|"); got != "one|two t…" {
		t.Errorf("got %q", got)
	}
	if got := strings.Join(tickText.wrapTo("one two", 24, 2), "|"); got != "one|two" {
		t.Errorf("got %q", got)
	}
}

func TestShorten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		width := vg.Length(rapid.Float64Range(24, 200).Draw(t, "width"))
		got := tickText.shorten(text, width)
		if tickText.width(got) > width && utf8.RuneCountInString(got) > 2 {
			t.Errorf("%q is %v wide, want at most %v", got, tickText.width(got), width)
		}
		if cut, ok := strings.CutSuffix(got, "…"); got != text && (!ok || !strings.HasPrefix(strings.TrimSpace(text), cut)) {
			t.Errorf("shortened %q to %q", text, got)
		}
	})
}
