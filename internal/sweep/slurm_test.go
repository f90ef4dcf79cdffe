package sweep

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestOptionsThatSubmitSets(t *testing.T) {
	for _, options := range [][]string{{"--job-name=x"}, {"-p", "gpu", "-J", "x"}, {"-Jx"}, {"--array", "0-3"}, {"-a0-3"}, {"--dep=afterok:1"}} {
		if err := CheckSlurmOptions(options); err == nil || !strings.Contains(err.Error(), "submit ") {
			t.Errorf("%q: %v", options, err)
		}
	}
	if err := CheckSlurmOptions([]string{"-A", "project", "--partition=gpu", "--gres=gpu:1", "-t", "5", "-D", "/x", "--account=a", "--deadline=now"}); err != nil {
		t.Error(err)
	}
}

// TestPrintedScriptsAreThoseOfTheRuns gives what --print prints to a shell in which
// sbatch keeps what it is given.
func TestPrintedScriptsAreThoseOfTheRuns(t *testing.T) {
	p, err := plan(t, filepath.Join(t.TempDir(), `my "100%" g`), "base: smoke\nsweep: {seed: 1..5}\n")
	if err != nil {
		t.Fatal(err)
	}
	finish(t, p.Sweep, 1, 100, 1)
	bin := t.TempDir()
	for name, text := range map[string]string{
		"scontrol": "echo 'MaxArraySize = 1'\n",
		"sbatch":   "n=$(($(cat \"$SENT\" 2>/dev/null | grep -c ^sent) + 1)); { echo sent \"$#\" \"$@\"; cat; } >>\"$SENT\"; echo $n\n",
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("SENT", filepath.Join(t.TempDir(), "sent"))
	var printed strings.Builder
	u := &SlurmSubmission{Sweep: p.Sweep, Program: "/opt/aeprobe", Pack: 2, AtMost: 1, Requeue: "off", Options: []string{"--comment=it's mine; $HOME"}, Print: true,
		Say: func(format string, args ...any) { fmt.Fprintf(&printed, format+"\n", args...) }}
	if err := u.Submit(t.Context()); err != nil {
		t.Fatal(err)
	}
	shell := exec.Command("sh", "-eu")
	shell.Stdin = strings.NewReader(printed.String())
	if out, err := shell.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, &printed)
	}
	sent, err := os.ReadFile(os.Getenv("SENT"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"sent 2 --parsable --comment=it's mine; $HOME\n", "sent 3 --parsable --dependency=afterany:1 --comment", "sent 3 --parsable --dependency=afterany:1:2 --comment",
		"--runs 0,2-4 --offset 0 --pack 2 --requeue off\n", "--runs 0,2-4 --offset 1 --pack 2",
		`#SBATCH --output="` + strings.ReplaceAll(filepath.Dir(p.Dir), "%", "%%") + `/my \"100%%\" g/logs/%A_%a.log"`, "#SBATCH --requeue\n",
	} {
		if !strings.Contains(string(sent), want) {
			t.Errorf("no %q in what is sent:\n%s", want, sent)
		}
	}
	for _, wrong := range []string{"--submission", "--signal", "--no-requeue"} {
		if strings.Contains(string(sent), wrong) {
			t.Errorf("%s in what is sent:\n%s", wrong, sent)
		}
	}
	if some, err := p.Submissions(); err != nil || len(some) != 0 {
		t.Errorf("written down: %+v, %v", some, err)
	}
}
