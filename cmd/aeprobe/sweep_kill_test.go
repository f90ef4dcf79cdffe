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

const killGrid = "base: smoke\nset: {data.train: 64, data.test: 64, evaluate.protocols: [full]}\ndevice: cpu\nsweep: {seed: 1..%d}\n"

// planned is a sweep of runs with seeds from 1 on.
func planned(t *testing.T, runs int) (grid, g string) {
	t.Helper()
	dir := t.TempDir()
	grid, g = filepath.Join(dir, "grid.yaml"), filepath.Join(dir, "g")
	must(t, os.WriteFile(grid, fmt.Appendf(nil, killGrid, runs), 0o644))
	return grid, g
}

// TestAKilledPlanLosesNothing kills plan at moments from its start to its end, while
// it makes a sweep and while it adds to one. Given again it ends as one that was
// never killed.
func TestAKilledPlanLosesNothing(t *testing.T) {
	grid, g := planned(t, 3000)
	begun := time.Now()
	program(t, 0, "sweep", "plan", grid, "--out", g)
	took := time.Since(begun)
	want := readAll(t, g, "*.tsv")["runs.tsv"]
	for _, added := range []bool{false, true} {
		grid, g := planned(t, 3000)
		if added {
			must(t, os.WriteFile(grid, fmt.Appendf(nil, killGrid, 10), 0o644))
			program(t, 0, "sweep", "plan", grid, "--out", g)
			must(t, os.WriteFile(grid, fmt.Appendf(nil, killGrid, 3000), 0o644))
		}
		const kills = 3
		for i := range kills {
			command := aeprobe(t, "sweep", "plan", grid, "--out", g)
			must(t, command.Start())
			time.Sleep(took * time.Duration(i+1) / kills)
			_ = command.Process.Kill() // it may have ended
			_ = command.Wait()
			if text := readAll(t, g, "*.tsv")["runs.tsv"]; text != nil && !bytes.HasPrefix(want, text) {
				t.Errorf("after kill %d runs.tsv is not the beginning of a whole one", i)
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
	grid, g := planned(t, 8)
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

// TestAKilledCollectLosesNothing kills collect at moments from its start to its end:
// its files are whole or missing, and in the end those of one that was not killed.
func TestAKilledCollectLosesNothing(t *testing.T) {
	grid, g := planned(t, 2)
	program(t, 0, "sweep", "plan", grid, "--out", g)
	program(t, 0, "sweep", "run", g, "--jobs", "1")
	begun := time.Now()
	program(t, 0, "sweep", "collect", g)
	took := time.Since(begun)
	want := readAll(t, g, "collected*")
	if len(want) != 4 {
		t.Fatalf("%d files", len(want))
	}
	const kills = 3
	for i := range kills {
		for file := range want {
			must(t, os.RemoveAll(filepath.Join(g, file)))
		}
		command := aeprobe(t, "sweep", "collect", g)
		must(t, command.Start())
		time.Sleep(took * time.Duration(i+1) / kills)
		_ = command.Process.Kill() // it may have ended
		_ = command.Wait()
		for file, text := range readAll(t, g, "collected*") {
			if !bytes.Equal(text, want[file]) {
				t.Errorf("kill %d: %s is half written", i, file)
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
