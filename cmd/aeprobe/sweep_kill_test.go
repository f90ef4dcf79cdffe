package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const killGrid = `base: smoke
set:
  data: {train: 64, test: 64}
  autoencoders: {bce: {loss: bce, epochs: 1}, l1: null, mse: null}
  classifiers: {random: null, end_to_end: null}
  evaluate.protocols: [full]
device: %s
sweep: {seed: 1..%d}
`

// planned is a grid file for runs with seeds from 1 on, and a folder for its sweep. One
// for a GPU is planned faster, because no speed is measured; nothing runs it.
func planned(t *testing.T, device string, runs int) (grid, g string) {
	t.Helper()
	dir := t.TempDir()
	grid, g = filepath.Join(dir, "grid.yaml"), filepath.Join(dir, "g")
	must(t, os.WriteFile(grid, fmt.Appendf(nil, killGrid, device, runs), 0o644))
	return grid, g
}

// killOnce runs aeprobe and kills it as soon as something holds, unless it has ended.
func killOnce(t *testing.T, holds func() bool, args ...string) {
	t.Helper()
	command := aeprobe(t, args...)
	must(t, command.Start())
	ended := make(chan struct{})
	go func() {
		_ = command.Wait()
		close(ended)
	}()
	for !holds() {
		select {
		case <-ended:
			t.Logf("%q ended before it was killed", args)
			return
		case <-time.After(time.Millisecond):
		}
	}
	_ = command.Process.Kill() // it may just have ended
	<-ended
}

// TestAKilledPlanLosesNothing kills plan before it writes, and before it has written
// all, while it makes a sweep and while it adds to one. Given again it ends as one
// that was never killed.
func TestAKilledPlanLosesNothing(t *testing.T) {
	const runs = 200
	grid, g := planned(t, "cuda", runs)
	program(t, 0, "sweep", "plan", grid, "--out", g)
	want := readAll(t, g, "*.tsv")["runs.tsv"]
	for _, added := range []bool{false, true} {
		grid, g := planned(t, "cuda", runs)
		if added {
			must(t, os.WriteFile(grid, fmt.Appendf(nil, killGrid, "cuda", 10), 0o644))
			program(t, 0, "sweep", "plan", grid, "--out", g)
			must(t, os.WriteFile(grid, fmt.Appendf(nil, killGrid, "cuda", runs), 0o644))
		}
		for _, file := range []string{".lock", "sweep.yaml"} {
			before, _ := os.Stat(filepath.Join(g, file))
			isWritten := func() bool {
				now, err := os.Stat(filepath.Join(g, file))
				return err == nil && (before == nil || !os.SameFile(before, now) || now.ModTime() != before.ModTime())
			}
			killOnce(t, isWritten, "sweep", "plan", grid, "--out", g)
			if text := readAll(t, g, "*.tsv")["runs.tsv"]; text != nil && !bytes.HasPrefix(want, text) {
				t.Errorf("killed after %s, runs.tsv is not the beginning of a whole one", file)
			}
		}
		program(t, 0, "sweep", "plan", grid, "--out", g)
		if got := readAll(t, g, "*.tsv")["runs.tsv"]; !bytes.Equal(got, want) {
			t.Errorf("added %v: runs.tsv has %d bytes after kills, %d without", added, len(got), len(want))
		}
	}
}

// Programs that play Slurm: sbatch keeps the jobs' names, and kills who calls it
// after the job that $KILL numbers; squeue lists arrays of up to three tasks.
const (
	fakeSbatch = `#!/bin/sh
name=$(sed -n 's/^#SBATCH --job-name=//p')
echo "$name" >>"$QUEUE"
n=$(wc -l <"$QUEUE")
[ "$n" = "$KILL" ] && kill -9 $PPID
echo "$n"
`
	fakeSqueue   = "#!/bin/sh\ngrep -v collect \"$QUEUE\" | while read -r name; do for i in 0 1 2; do echo \"$name|$i|PENDING\"; done; done\n"
	fakeScontrol = "#!/bin/sh\necho 'MaxArraySize            = 3'\n"
)

// TestAKilledSubmitSendsNoRunTwice kills submit after each of the jobs that it sends,
// before it can write the job down.
func TestAKilledSubmitSendsNoRunTwice(t *testing.T) {
	grid, g := planned(t, "cuda", 8)
	program(t, 0, "sweep", "plan", grid, "--out", g)
	bin := t.TempDir()
	for name, text := range map[string]string{"sbatch": fakeSbatch, "squeue": fakeSqueue, "scontrol": fakeScontrol} {
		must(t, os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755))
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	for kill := 1; kill <= 3; kill++ {
		must(t, os.RemoveAll(filepath.Join(g, "submitted.jsonl")))
		queue := filepath.Join(t.TempDir(), "queue")
		t.Setenv("QUEUE", queue)
		t.Setenv("KILL", fmt.Sprint(kill))
		if out, err := aeprobe(t, "sweep", "submit", g, "--engine", "slurm").CombinedOutput(); err == nil {
			t.Fatalf("not killed:\n%s", out)
		}
		t.Setenv("KILL", "")
		again := program(t, 0, "sweep", "submit", g, "--engine", "slurm")
		want := []string{"runs 3-7 in 5 tasks", "runs 6-7 in 2 tasks", "nothing to send"}[kill-1]
		if !strings.Contains(again, want) {
			t.Errorf("killed after job %d, submit sends again:\n%s\nwant %q", kill, again, want)
		}
		if last := program(t, 0, "sweep", "submit", g, "--engine", "slurm"); !strings.Contains(last, "nothing to send") {
			t.Errorf("a third submit sends:\n%s", last)
		}
	}
}

// TestAKilledCollectLosesNothing kills collect once it begins to write, and before it
// has written all: its files are whole or missing, and in the end those of one that was
// not killed.
func TestAKilledCollectLosesNothing(t *testing.T) {
	grid, g := planned(t, "cpu", 1)
	program(t, 0, "sweep", "plan", grid, "--out", g)
	program(t, 0, "sweep", "run", g, "--jobs", "1")
	program(t, 0, "sweep", "collect", g)
	want := readAll(t, g, "collected*")
	if len(want) != 4 {
		t.Fatalf("%d files", len(want))
	}
	for _, begun := range []int{1, 3} {
		for file := range want {
			must(t, os.RemoveAll(filepath.Join(g, file)))
		}
		areThere := func() bool {
			temporary, _ := filepath.Glob(filepath.Join(g, ".collected*")) // fails for a wrong pattern
			whole, _ := filepath.Glob(filepath.Join(g, "collected*"))
			return len(temporary)+len(whole) >= begun
		}
		killOnce(t, areThere, "sweep", "collect", g)
		for file, text := range readAll(t, g, "collected*") {
			if !bytes.Equal(text, want[file]) {
				t.Errorf("killed after %d files, %s is half written", begun, file)
			}
		}
	}
	program(t, 0, "sweep", "collect", g)
	for file, text := range readAll(t, g, "collected*") {
		if !bytes.Equal(text, want[file]) {
			t.Errorf("%s differs after kills", file)
		}
	}
}
