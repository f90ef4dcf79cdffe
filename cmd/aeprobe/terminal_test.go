package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"

	"aeprobe/internal/metrics"
)

func TestShort(t *testing.T) {
	got := map[string]string{}
	want := map[string]string{"400ms": "0s", "59.4s": "59s", "59.6s": "1m00s", "12m3s": "12m03s", "59m59.9s": "1h00m", "26h5m": "26h05m"}
	for text := range want {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		got[text] = short(d)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBarText(t *testing.T) {
	var got []string
	for _, fraction := range []float64{-1, 0, 0.5, 0.99, 1, 2} {
		got = append(got, barText(4, fraction))
	}
	if diff := cmp.Diff([]string{"────", "────", "━━──", "━━━─", "━━━━", "━━━━"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCommandLineCanBeTypedAgain(t *testing.T) {
	got := commandLine([]string{"bin/aeprobe", "run", "my file.yaml", "--set", "train.epochs=5", "--out", "it's", ""})
	if want := `bin/aeprobe run 'my file.yaml' --set train.epochs=5 --out 'it'\''s' ''`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A quarter took a minute, from a quarter on: two more are to come.
func TestEstimate(t *testing.T) {
	begun := time.Unix(1000, 0)
	e := estimate{begun: begun, from: 0.25}
	at := begun.Add(time.Minute)
	got := []string{e.left(0.5, at, at), e.left(0.5, at, at.Add(30*time.Second)), e.left(0.5, at, at.Add(time.Hour)), e.left(0.25, at, at)}
	if diff := cmp.Diff([]string{"2m00s left", "1m30s left", "0s left", ""}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFraction(t *testing.T) {
	got := []float64{
		fraction(metrics.Event{Kind: metrics.Progressed, Epoch: 3, Epochs: 4, Step: 5, Steps: 10}),
		fraction(metrics.Event{Kind: metrics.EpochEnded, Epoch: 3, Epochs: 4}),
		fraction(metrics.Event{Kind: metrics.StageResumed, Epoch: 3, Epochs: 4, Step: 5, Steps: 10}),
	}
	if diff := cmp.Diff([]float64{0.625, 0.75, 0.875}, got); diff != "" {
		t.Error(diff)
	}
}

// A stage has one line at any width, with what matters most.
func TestALineFitsTheTerminal(t *testing.T) {
	now := time.Now()
	s := &stageBar{name: "seeds/88/autoencoders/bce", at: now, estimate: estimate{begun: now.Add(-35 * time.Minute)},
		latest: &metrics.Event{Kind: metrics.Progressed, Epoch: 2, Epochs: 100, Step: 1563, Steps: 3125, Loss: 2.3026, ImagesPerSecond: 123456}}
	got := map[int]string{}
	for columns := 1; columns <= 250; columns++ {
		line := s.line(columns, now)
		if width := runewidth.StringWidth(line); width > columns {
			t.Errorf("%d columns are given to a line of %d: %q", columns, width, line)
		}
		got[columns] = line
	}
	want := map[int]string{
		25:  "…oders/bce    2/100",
		40:  "…utoencoders/bce    2/100  38h18m left",
		80:  "seeds/88/autoencoders/bce  ──────────────────    2/100  38h18m left  loss 2.3026",
		200: "seeds/88/autoencoders/bce  ────────────────────────────────────────    2/100  38h18m left  loss 2.3026  123456 images/s",
	}
	for columns, line := range want {
		if got[columns] != line {
			t.Errorf("%d columns: %q, want %q", columns, got[columns], line)
		}
	}
}

// Of 3,000 epochs a log has every hundredth, and of the report's 100 each one.
func TestALogLeavesMostOfManyEpochsOut(t *testing.T) {
	count := func(epochs, testEvery int) (lines int) {
		for epoch := 1; epoch <= epochs; epoch++ {
			e := metrics.Event{Kind: metrics.EpochEnded, Stage: "study/from_scratch/1-per-class-0", Epoch: epoch, Epochs: epochs}
			if testEvery > 0 && epoch%testEvery == 0 {
				e.Scores = metrics.Scores{"accuracy": 10}
			}
			if !isOneOfMany(e) {
				lines++
			}
		}
		return lines
	}
	for _, c := range []struct{ epochs, testEvery, want int }{{3000, 3000, 30}, {3050, 0, 31}, {100, 0, 100}, {300, 1, 300}, {1000, 50, 20}} {
		if got := count(c.epochs, c.testEvery); got != c.want {
			t.Errorf("%d epochs, a test every %d: %d lines, want %d", c.epochs, c.testEvery, got, c.want)
		}
	}
}

func TestDescribe(t *testing.T) {
	var got []string
	for _, e := range []metrics.Event{
		{Kind: metrics.StageStarted, Stage: "features"},
		{Kind: metrics.EpochEnded, Stage: "autoencoders/bce", Epoch: 3, Epochs: 100, Loss: 0.56789, ImagesPerSecond: 5432.1,
			Scores: metrics.Scores{"mse": 0.00567, "bce": 0.5601, "l1": 0.0432}},
		{Kind: metrics.EpochEnded, Stage: "classifiers/end_to_end", Epoch: 1, Epochs: 1, Loss: 2.3, ImagesPerSecond: 10,
			Scores: metrics.Scores{"cross_entropy": 2.2, "accuracy": 12.3}},
		{Kind: metrics.StageResumed, Stage: "classifiers/random", Epoch: 7, Epochs: 100, Step: 50},
		{Kind: metrics.StageFailed, Stage: "figures", Message: "the disk is full\nmake room"},
	} {
		got = append(got, describe(e))
	}
	want := []string{
		"features               started",
		"autoencoders/bce       epoch 3/100  loss 0.5679  test BCE 0.5601 L1 0.0432 MSE 0.0057  5432 images/s",
		"classifiers/end_to_end epoch 1/1  loss 2.3000  test accuracy 12.30 %  10 images/s",
		"classifiers/random     resumed after epoch 7 of 100, step 50",
		"figures                failed: the disk is full",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is painted is painted over, also after the terminal has wrapped it anew.
func TestScreenGoesUpByTheRowsThatItsLinesTake(t *testing.T) {
	var out bytes.Buffer
	columns, rows := 80, 24
	s := &screen{w: &out, size: func() (int, int) { return columns, rows }}
	wide := func(columns, _ int) []string { return []string{strings.Repeat("x", columns), "short"} }
	s.paint(wide)
	out.Reset()
	s.paint(wide)
	if want := "\x1b[2A\r\x1b[2K" + strings.Repeat("x", 80) + "\n\x1b[2Kshort\n\x1b[J"; out.String() != want {
		t.Errorf("at the same width: %q, want %q", out.String(), want)
	}
	out.Reset()
	columns = 30 // where 80 columns take 3 rows
	s.print("done")
	if want := "\x1b[4A\r\x1b[2Kdone\n\x1b[J"; out.String() != want {
		t.Errorf("narrower: %q, want %q", out.String(), want)
	}
	out.Reset()
	rows = 4
	s.paint(func(int, int) []string { return []string{"1", "2", "3", "4", "5"} })
	if want := "\r\x1b[2K1\n\x1b[2K2\n\x1b[2K3\n\x1b[J"; out.String() != want {
		t.Errorf("in few rows: %q, want %q", out.String(), want)
	}
}

func TestNoColour(t *testing.T) {
	if got := painter(nil).paint(red, "failed"); got != "failed" {
		t.Errorf("without colours: %q", got)
	}
	coloured := painter(func(code, text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }).paint(red, "failed")
	if coloured != "\x1b[31mfailed\x1b[0m" || plain(coloured) != "failed" {
		t.Errorf("with colours: %q, plain: %q", coloured, plain(coloured))
	}
}
