package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEditReplacesEachOccurrence(t *testing.T) {
	got, err := edit{old: "b", new: "xy"}.edit("abcb")
	if err != nil {
		t.Fatal(err)
	}
	if want := "axycxy"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEditRefusesAnotherGotch(t *testing.T) {
	for name, tc := range map[string]struct {
		text  string
		times int
	}{
		"absent":   {"no such text", 0},
		"too few":  {"once malloc(0)", 2},
		"too many": {"malloc(0) malloc(0)", 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := edit{file: "ts/tensor.go", old: "malloc(0)", new: "", times: tc.times}.edit(tc.text)
			if err == nil || !strings.Contains(err.Error(), "ts/tensor.go") || !strings.Contains(err.Error(), "\n  ") {
				t.Errorf("got error %v, want one that names the file and says what to do", err)
			}
		})
	}
}

// A free in ts/tensor.go as it is published, shortened, must come out with the
// destructor after the lock is given back.
func TestEditsFreeOutsideTheLock(t *testing.T) {
	text := strings.Join([]string{
		"import (",
		"\t\"runtime\"",
		")",
		"\tx.d = new(bigStruct)",
		"\tname = fmt.Sprintf(\"tensor_%09d\", TensorCount)",
		"\tname = fmt.Sprintf(\"%s_%09d\", name, TensorCount)",
		"\tptr := " + cSlot,
		"\t\toutputPtr := " + cSlot,
		"\tlock.Lock()",
		"\tdefer lock.Unlock()",
		"",
		"\tif _, ok := ExistingTensors[ts.name]; !ok {",
		"\t}",
		"\tlib.AtFree(ts.ctensor)",
		"\tdelete(ExistingTensors, ts.name)",
		"",
		"\tts.ctensor = nil",
	}, "\n")
	for _, e := range edits {
		if e.file != "ts/tensor.go" {
			continue
		}
		var err error
		if text, err = e.edit(text); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Index(text, "lock.Unlock()") > strings.Index(text, "lib.AtFree") {
		t.Errorf("the lock is held while the tensor is freed:\n%s", text)
	}
	if strings.Count(text, "delete(") != 1 || strings.Contains(text, "Sprintf") || strings.Contains(text, "new(bigStruct)") {
		t.Errorf("edits left something behind:\n%s", text)
	}
	if !strings.Contains(text, "outputPtr := "+cSlot) || strings.Contains(text, "\tptr := "+cSlot) {
		t.Errorf("the slot that gotch frees itself, and only that, stays C's:\n%s", text)
	}
}

func TestCopyModuleLeavesExamplesBehind(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	for _, name := range []string{"go.mod", "ts/tensor.go", "example/big.gt", "gen/gen.ml"} {
		path := filepath.Join(from, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o444); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyModule(from, to); err != nil {
		t.Fatal(err)
	}
	for name, there := range map[string]bool{"go.mod": true, "ts/tensor.go": true, "example": false, "gen": false} {
		info, err := os.Stat(filepath.Join(to, name))
		if (err == nil) != there {
			t.Errorf("%s: copied %v, want %v", name, err == nil, there)
		}
		if err == nil && info.Mode().Perm()&0o200 == 0 {
			t.Errorf("%s is read-only in the copy", name)
		}
	}
}
