package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/observe"
)

var watchedAt = time.Unix(1_000_000, 0)

// watched is a run with a stage in each state.
func watched() *observe.Run {
	at := watchedAt.Add(-30 * time.Second)
	return &observe.Run{Dir: "runs/mine", State: observe.Running, Holders: []string{"process 17 on vm"}, Since: watchedAt.Add(-time.Hour), Changed: at,
		Stages: []observe.Stage{
			{Name: "autoencoders/bce", State: observe.Finished, Epoch: 10, Epochs: 10, Changed: at.Add(-time.Hour)},
			{Name: "seeds/88/autoencoders/bce", State: observe.Running, Epoch: 4, Epochs: 10, EpochSeconds: 60, Changed: at,
				Last: &metrics.Epoch{Epoch: 4, Loss: 0.5487, Test: metrics.Scores{"bce": 0.55}}},
			{Name: "study/bce-avg/logistic", State: observe.Running, Changed: at},
			{Name: "classifiers/random", State: observe.Failed, Epochs: 10, Failure: "epoch 1, step 3: the loss is not finite\nlower it"},
			{Name: "figures", State: observe.Waiting},
		}}
}

func TestWatchedRunFitsTheTerminal(t *testing.T) {
	for columns := 10; columns <= 200; columns++ {
		for _, rows := range []int{5, 24} {
			lines := picture(nil, watched(), &config.Definition{Name: "mine"}, columns, rows, watchedAt)
			for _, line := range lines {
				if runewidth.StringWidth(line) > columns {
					t.Errorf("%d columns are given to %q", columns, line)
				}
			}
		}
	}
	want := []string{
		"runs/mine: mine in process 17 on vm",
		"autoencoders/bce        10 epochs  finished",
		"seeds/88/autoencoders/bce  ━━━━━━━━─────────────   4/10  5m30s left  loss 0.5487",
		"study/bce-avg/logistic  running, 30s ago",
		"classifiers/random  failed: epoch 1, step 3: the loss is not finite",
		"1 of 5 stages, 14 of 30 epochs, 1 failed, 1 waiting; 1h00m elapsed",
	}
	if diff := cmp.Diff(want, picture(nil, watched(), &config.Definition{Name: "mine"}, 80, 24, watchedAt)); diff != "" {
		t.Error(diff)
	}
}

// A log has a line for what changed between two looks, and for nothing else.
func TestWatchedChanges(t *testing.T) {
	before := map[string]observe.Stage{}
	for _, s := range watched().Stages {
		before[s.Name] = s
	}
	now := watched()
	now.Stages[1].Epoch, now.Stages[1].Last.Loss = 6, 0.5
	now.Stages[2].State = observe.Finished
	now.Stages[4].State, now.Stages[4].Failure = observe.Failed, "the disk is full"
	var got []string
	for _, s := range now.Stages {
		if text := changeSince(before, s, watchedAt); text != "" {
			got = append(got, text)
		}
	}
	want := []string{
		"seeds/88/autoencoders/bce epoch 6/10  loss 0.5000  test BCE 0.5500  3m30s left",
		"study/bce-avg/logistic finished",
		"figures                failed: the disk is full",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if first := changeSince(nil, now.Stages[0], watchedAt); strings.TrimSpace(first) != "" {
		t.Errorf("at the first look %q", first)
	}
}
