package sweep

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"aeprobe/internal/lock"
)

// A program for tests: it does what the seed says, and logs its arguments.
const programText = `#!/bin/sh
echo "$@ epochs=$AEPROBE_TRAIN_EPOCHS capability=$ATEN_CPU_CAPABILITY" >>"$LOG"
case "$*" in
*seed=1*) echo '{"event":"started"}' ;;
*seed=2*) echo 'aeprobe: no room' >&2; echo 'make some' >&2; exit 1 ;;
*seed=3*) echo 'aeprobe: --set seed: wrong' >&2; exit 2 ;;
*seed=4*) kill -9 $$ ;;
*seed=5*) echo begun >>"$LOG"; trap 'echo saved >>"$LOG"; exit 143' TERM; while :; do sleep 0.05; done ;;
esac
`

// newTestRunner plans runs with seeds 1 to n for the program above.
func newTestRunner(t *testing.T, n int) (*Runner, *strings.Builder) {
	t.Helper()
	clearIndexes(t)
	p, err := plan(t, filepath.Join(t.TempDir(), "g"), fmt.Sprintf("base: smoke\nsweep: {seed: 1..%d}\n", n))
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "aeprobe")
	if err := os.WriteFile(program, []byte(programText), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LOG", filepath.Join(t.TempDir(), "log"))
	var said strings.Builder
	var mu sync.Mutex
	return &Runner{Sweep: p.Sweep, Program: program, Devices: []string{"cpu"}, Jobs: 2, Log: &said, Say: func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(&said, format+"\n", args...)
	}}, &said
}

func logged(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(os.Getenv("LOG"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func TestOutcomesOfRuns(t *testing.T) {
	r, said := newTestRunner(t, 4)
	r.Jobs = 1                             // said is one text
	t.Setenv("AEPROBE_TRAIN_EPOCHS", "50") // which would change the definition
	tally, err := r.Run(t.Context(), r.Runs)
	if err != nil || tally[Done] != 1 || tally[Failed] != 2 || tally[Refused] != 1 {
		t.Errorf("%v, %v\n%s", tally, err, said)
	}
	for number, want := range map[int]Outcome{0: {State: Done}, 1: {State: Failed, Code: 1, Message: "aeprobe: no room\nmake some"},
		2: {State: Refused, Code: 2, Message: "aeprobe: --set seed: wrong"}, 3: {State: Failed, Code: 137, Message: "signal: killed"}} {
		got, err := r.Outcome(r.Runs[number])
		if err != nil || got == nil || got.State != want.State || got.Code != want.Code || got.Message != want.Message {
			t.Errorf("run %d: %+v, %v; want %+v", number, got, err, want)
		}
	}
	if !strings.Contains(said.String(), "000001 aeprobe: no room") {
		t.Errorf("the log lacks what a run said:\n%s", said)
	}
	first := logged(t)
	before, err := r.Outcome(r.Runs[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--set seed=1", "--data synthetic", "--threads 1", "--keep results", "epochs= capability=avx2", "--share " + r.Join(SharedFolder)} {
		if !strings.Contains(first, want) {
			t.Errorf("no %s in %s", want, first)
		}
	}
	// What is done or refused is not tried again; what failed is.
	if tally, err = r.Run(t.Context(), r.Runs); err != nil || tally[Done] != 1 || tally[Failed] != 2 || tally[Refused] != 1 {
		t.Errorf("again: %v, %v", tally, err)
	}
	if after, err := r.Outcome(r.Runs[1]); err != nil || after.Seconds <= before.Seconds {
		t.Errorf("both attempts took %v s, the first %v s: %v", after.Seconds, before.Seconds, err)
	}
	if again := strings.TrimPrefix(logged(t), first); strings.Count(again, "\n") != 2 || strings.Contains(again, "seed=1") || strings.Contains(again, "seed=3") {
		t.Errorf("tried again:\n%s", again)
	}
	r.Refused = true
	if _, err = r.Run(t.Context(), r.Runs[2:3]); err != nil || strings.Count(logged(t), "seed=3") != 2 {
		t.Errorf("--refused: %v\n%s", err, logged(t))
	}
	status, err := r.Status()
	if err != nil || status.Counts[Done] != 1 || status.Counts[Failed] != 2 || status.Counts[Refused] != 1 || formatNumbers(status.Unfinished()) != "1,3" {
		t.Errorf("status: %+v, %v", status, err)
	}
}

func TestAStoppedRunnerStopsItsRuns(t *testing.T) {
	r, said := newTestRunner(t, 8)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for ctx.Err() == nil && !strings.Contains(logged(t), "begun") {
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	r.Jobs = 1
	tally, err := r.Run(ctx, r.Runs[4:])
	if err != nil || tally[Stopped] != 1 || strings.Count(logged(t), "saved") != 1 {
		t.Errorf("%v, %v\n%s\n%s", tally, err, logged(t), said)
	}
	if strings.Contains(logged(t), "seed=6") {
		t.Errorf("another run began afterwards:\n%s", logged(t))
	}
	if o, err := r.Outcome(r.Runs[4]); err != nil || o == nil || o.State != Stopped || o.Code != exitStopped {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestAnOutcomeOfAnotherDefinitionDoesNotCount changes what a run is of.
func TestAnOutcomeOfAnotherDefinitionDoesNotCount(t *testing.T) {
	r, _ := newTestRunner(t, 1)
	if _, err := r.Run(t.Context(), r.Runs); err != nil {
		t.Fatal(err)
	}
	other := r.Runs[0]
	other.Fingerprint = "another"
	if o, err := r.Outcome(other); err != nil || o != nil {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestARunIsLeftToWhomWorksOnIt holds a run as another runner would.
func TestARunIsLeftToWhomWorksOnIt(t *testing.T) {
	r, said := newTestRunner(t, 1)
	held, err := lock.Try(r.lockFile(r.Runs[0]), true)
	if err != nil {
		t.Fatal(err)
	}
	if tally, err := r.Run(t.Context(), r.Runs); err != nil || tally[Running] != 1 || logged(t) != "" {
		t.Errorf("%v, %v\n%s", tally, err, said)
	}
	if status, err := r.Status(); err != nil || status.Runs[0].State != Running || !strings.HasPrefix(status.Runs[0].Holder, "process ") {
		t.Errorf("status: %+v, %v", status, err)
	}
	if err := held.Unlock(); err != nil {
		t.Fatal(err)
	}
	if tally, err := r.Run(t.Context(), r.Runs); err != nil || tally[Done] != 1 {
		t.Errorf("afterwards: %v, %v\n%s", tally, err, said)
	}
}

// TestWhatWasDoneMeanwhileIsLeft holds a run as the runner of a requeued task that died
// may, which ends it.
func TestWhatWasDoneMeanwhileIsLeft(t *testing.T) {
	r, said := newTestRunner(t, 1)
	t.Setenv("SLURM_JOB_ID", "7")
	t.Setenv("SLURM_RESTART_COUNT", "1") // so that it is waited for
	held, err := lock.Try(r.lockFile(r.Runs[0]), true)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- errors.Join(r.writeOutcome(r.Runs[0], &Outcome{State: Done}), held.Unlock()) }()
	tally, err := r.Run(t.Context(), r.Runs)
	if err := errors.Join(err, <-ended); err != nil || tally[Done] != 1 || logged(t) != "" {
		t.Errorf("%v, %v\n%s\n%s", tally, err, said, logged(t))
	}
}
