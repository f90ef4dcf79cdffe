package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aeprobe/vision"
)

func TestWriteKeepsWhatPeopleWrote(t *testing.T) {
	rows, err := measured().rows()
	if err != nil {
		t.Fatal(err)
	}
	r := &Results{Date: time.Unix(0, 0), Rows: rows, Machine: Machine{Cores: 2, Load: 1}, Disturbance: Disturbance{Others: 0.2},
		Options: Options{Data: &vision.Dataset{Name: "cifar10"}, Images: 16000, Rounds: 3, Threads: 2, Python: "/home/me/venv/bin/python"}}
	path := filepath.Join(t.TempDir(), "RESULTS.md")
	if err := r.Write(path); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const people = "\n## What bounds it\n\nThis.\n"
	if err := os.WriteFile(path, append(first, people...), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.Write(path); err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(second) != string(first)+people {
		t.Errorf("became\n%s", second)
	}
	for _, want := range []string{
		"`aeprobe bench --images 16000 --rounds 3 --threads 2 --peer python`",
		"> **Not to be quoted.** The machine was not quiet: others took 20 % of the cores' time",
		"| one auto-encoder, batch 16, whole epoch with data | images/s | 9,000 (8,000 to 10,000) | 2,000 (2,000 to 2,000) | 5,000 (5,000 to 5,000); --logits | **4.50**, goal 12 | **1.80**, goal 5 |",
		"| one auto-encoder, batch 128, whole epoch | images/s | not measured | not measured | not measured | goal 8 | goal 3 |",
	} {
		if !strings.Contains(string(first), want) {
			t.Errorf("not there: %s\nin\n%s", want, first)
		}
	}

	if err := os.WriteFile(path, []byte("# Something else\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.Write(path); err == nil {
		t.Error("a file of another kind was written over")
	}
}

func TestGroupedThousands(t *testing.T) {
	for want, x := range map[string]float64{"0": 0.4, "999": 999, "1,000": 1000, "-12,345": -12345, "1,234,567": 1234567} {
		if got := grouped(x, 0); got != want {
			t.Errorf("%g is %q, want %q", x, got, want)
		}
	}
	if got := grouped(1234.56, 1); got != "1,234.6" {
		t.Errorf("got %q", got)
	}
}
