package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// slurmGrid has three runs that last long enough to be disturbed, one whose
// definition will be refused, and nine short ones.
const slurmGrid = `base: smoke
set:
  data: {train: 128, test: 100}
  evaluate: {protocols: [full], every: 20}
  autoencoders: {l1: null, mse: null}
  classifiers: {random: null, end_to_end: null}
  checkpoint.steps: 4
runs:
  - {seed: 1, train.epochs: 60}
  - {seed: 2, train.epochs: 60}
  - {seed: 3, train.epochs: 60}
  - {seed: 4, train.epochs: 7}
  - {seed: 11}
  - {seed: 12}
  - {seed: 13}
  - {seed: 14}
  - {seed: 15}
  - {seed: 16}
  - {seed: 17}
  - {seed: 18}
  - {seed: 19}
`

// TestSlurm sends a sweep to a real Slurm, whose arrays are too short for it, and
// disturbs it: one task is told that its time is up, one is requeued, one node is
// killed, one definition is refused. Nothing is lost, and every bit is that of a
// direct run.
func TestSlurm(t *testing.T) {
	rig := startSlurm(t, 11)
	dir := t.TempDir()
	grid, g := filepath.Join(dir, "grid.yaml"), filepath.Join(dir, "g")
	must(t, os.WriteFile(grid, []byte(slurmGrid), 0o644))
	program(t, 0, "sweep", "plan", grid, "--out", g)
	table, err := os.ReadFile(filepath.Join(g, "runs.tsv"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(g, "runs.tsv"), bytes.Replace(table, []byte(`"train.epochs":7`), []byte(`"train.epochs":"seven"`), 1), 0o644))

	sent := program(t, 0, "sweep", "submit", g, "--engine", "slurm", "--", "-t", "5")
	for _, want := range []string{"runs 0-12 in 13 tasks", "at most 11 tasks", "-1-0\n", "-1-11\n", "-1-collect\n"} {
		if !strings.Contains(sent, want) {
			t.Fatalf("submit does not say %q:\n%s", want, sent)
		}
	}
	array := strings.TrimSuffix(strings.Fields(sent[strings.Index(sent, ": job "):])[2], ",")
	if again := program(t, 0, "sweep", "submit", g, "--engine", "slurm"); !strings.Contains(again, "nothing to send") {
		t.Errorf("a second submit sends something:\n%s", again)
	}

	begun := func(run int) func() bool {
		return func() bool {
			_, err := os.Stat(filepath.Join(g, fmt.Sprintf("runs/000/%06d/autoencoders/bce/metrics.jsonl", run)))
			return err == nil
		}
	}
	rig.wait("run 0", begun(0))
	rig.announceEnd(strings.TrimSpace(rig.command("squeue", "-h", "-j", array+"_0", "-o", "%A")))
	rig.wait("run 1", begun(1))
	rig.command("scontrol", "requeue", array+"_1") // as a preemption
	rig.wait("run 2", begun(2))
	at := strings.Fields(rig.command("squeue", "-h", "-j", array+"_2", "-o", "%A %N"))
	rig.killNode(at[1], at[0])
	rig.wait("empty queue", func() bool { return rig.command("squeue", "-h") == "" })

	status := program(t, 0, "sweep", "status", g)
	if !strings.Contains(status, "done       12\n") || !strings.Contains(status, "refused    1\n") || !strings.Contains(status, "run 3, ") {
		t.Errorf("status:\n%s", status)
	}
	for run, restarts := range map[int]int{0: 1, 1: 1, 2: 1, 3: 0} {
		log, err := os.ReadFile(filepath.Join(g, "logs", fmt.Sprintf("%s_%d.log", array, run)))
		must(t, err)
		if n := bytes.Count(log, []byte(fmt.Sprintf("run %d begins", run))); n != restarts+1 {
			t.Errorf("run %d began %d times, want %d:\n%s", run, n, restarts+1, log)
		}
		if resumed := bytes.Contains(log, []byte("autoencoders/bce       resumed after epoch")); resumed != (restarts > 0) {
			t.Errorf("run %d resumed: %v\n%s", run, resumed, log)
		}
	}
	if again := program(t, 0, "sweep", "submit", g, "--engine", "slurm"); !strings.Contains(again, "nothing to send") {
		t.Errorf("a refused run is sent again:\n%s", again)
	}
	for run := range 3 {
		equalsDirectRun(t, g, run, "train.epochs=60", fmt.Sprintf("seed=%d", run+1))
	}

	// The collecting job has written these; to collect again changes no byte.
	before := readAll(t, g, "collected.*")
	if len(before) != 3 {
		t.Fatalf("the collecting job wrote %d files", len(before))
	}
	program(t, 0, "sweep", "collect", g)
	for file, text := range readAll(t, g, "collected.*") {
		if !bytes.Equal(text, before[file]) {
			t.Errorf("%s differs when it is collected again", file)
		}
	}
}

// equalsDirectRun compares a run of a sweep with aeprobe run of the same.
func equalsDirectRun(t *testing.T, g string, run int, sets ...string) {
	t.Helper()
	direct := filepath.Join(t.TempDir(), "direct")
	args := []string{"run", filepath.Join(g, "base.yaml"), "--out", direct, "--threads", "1", "--device", "cpu", "--keep", "results"}
	for _, set := range sets {
		args = append(args, "--set", set)
	}
	program(t, 0, args...)
	folder := filepath.Join(g, fmt.Sprintf("runs/000/%06d", run))
	for _, file := range []string{"autoencoders/bce/checkpoint.safetensors", "classifiers/pretrained/checkpoint.safetensors", "classifiers/pretrained/predictions.csv", "table1.csv"} {
		got, err := os.ReadFile(filepath.Join(folder, file))
		must(t, err)
		want, err := os.ReadFile(filepath.Join(direct, file))
		must(t, err)
		if !bytes.Equal(got, want) {
			t.Errorf("run %d: %s is not that of a direct run", run, file)
		}
	}
}

// program runs aeprobe, which must end with code, and returns what it printed.
func program(t *testing.T, code int, args ...string) string {
	t.Helper()
	command := aeprobe(t, args...)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	out, err := command.Output()
	if exitCode(err) != code {
		t.Fatalf("aeprobe %q: exit code %d, want %d\n%s%s", args, exitCode(err), code, out, &complaints)
	}
	return string(out)
}

func readAll(t *testing.T, dir, pattern string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	must(t, err)
	all := map[string][]byte{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		must(t, err)
		all[filepath.Base(path)] = text
	}
	return all
}
