package torch_test

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"aeprobe/internal/torch"
)

// TestTeamDoesEachPartOnce lets it sleep, too, before some of its tasks.
func TestTeamDoesEachPartOnce(t *testing.T) {
	team, err := torch.NewTeam(3)
	if err != nil {
		t.Fatal(err)
	}
	defer team.Close()
	for round := range 300 {
		if round%100 == 0 {
			time.Sleep(2 * time.Millisecond)
		}
		parts := 1 + round%team.Size()
		var done [3]atomic.Int32
		err := team.Do(parts, func(part int) error {
			if round%50 == part {
				time.Sleep(time.Millisecond)
			}
			done[part].Add(1)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for part := range done {
			if got := done[part].Load(); (got == 1) != (part < parts) || got > 1 {
				t.Fatalf("round %d of %d parts: part %d was done %d times", round, parts, part, got)
			}
		}
	}
}

func TestTeamReturnsAllErrors(t *testing.T) {
	team, err := torch.NewTeam(3)
	if err != nil {
		t.Fatal(err)
	}
	defer team.Close()
	failures := []error{errors.New("first"), nil, errors.New("third")}
	err = team.Do(3, func(part int) error { return failures[part] })
	if !errors.Is(err, failures[0]) || !errors.Is(err, failures[2]) {
		t.Errorf("got %v", err)
	}
	if err := team.Do(3, func(int) error { return nil }); err != nil {
		t.Errorf("an error came back: %v", err)
	}
}

func TestTeamEndsItsThreads(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		team, err := torch.NewTeam(4)
		if err != nil {
			t.Fatal(err)
		}
		team.Close()
	}
	// A goroutine is counted for a moment after it has said that it ends.
	after := runtime.NumGoroutine()
	for try := 0; after > before && try < 1000; try++ {
		time.Sleep(time.Millisecond)
		after = runtime.NumGoroutine()
	}
	if after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}
