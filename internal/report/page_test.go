package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/stats"
)

func TestThePageIsTheSameForTheSameRun(t *testing.T) {
	run := newPageRun(t)
	page := run.page(t)
	for range 3 {
		if run.page(t) != page {
			t.Fatal("the bytes differ")
		}
	}
}

// TestThePageNeedsNoOtherFile looks for whatever a browser would fetch.
func TestThePageNeedsNoOtherFile(t *testing.T) {
	page := newPageRun(t).page(t)
	for _, reference := range regexp.MustCompile(`(?:src|href)="([^"]*)"|url\(([^)]*)\)|@import`).FindAllStringSubmatch(page, -1) {
		target := reference[1] + reference[2]
		if !strings.HasPrefix(target, "#") && !strings.HasPrefix(target, "data:") {
			t.Errorf("%.80s", reference[0])
		}
	}
	if strings.Contains(page, "annotated") {
		t.Error("the page shows a figure that is not the run's")
	}
}

func TestNamesAreEscaped(t *testing.T) {
	run := newPageRun(t)
	run.Classes = slices.Clone(run.Classes)
	run.Classes[3], run.Definition, run.Data.Title = hostile, hostile, hostile
	run.Classifiers[0].Name, run.Autoencoders[0].Name = hostile, hostile
	run.Verdicts.Comparisons[0].A, run.Study[0].Protocol = hostile, hostile
	run.Warnings = append(run.Warnings, hostile)
	page := run.page(t)
	if n := strings.Count(page, "<img src=x"); n > 0 {
		t.Errorf("%d times markup", n)
	}
	if n := strings.Count(page, "&lt;img src=x"); n < 10 {
		t.Errorf("the text stands there %d times", n)
	}
}

func TestNotesStandOnce(t *testing.T) {
	run := newPageRun(t)
	run.Study[0].Notes = append(run.Study[0].Notes, "an unlikely note")
	run.Warnings = append(run.Warnings, "an unlikely warning")
	page := run.page(t)
	for _, once := range []string{"random-avg: an unlikely note", "An unlikely warning.", "random-avg, bce-avg, l1-avg: not converged", ": not converged", "400 test images. One encoder each"} {
		if n := strings.Count(page, once); n != 1 {
			t.Errorf("%q stands there %d times", once, n)
		}
	}
}

// TestAnswers has a run for each thing that verdicts can say.
func TestAnswers(t *testing.T) {
	const reserved = "After only 3 epochs, on modified CIFAR-10, with 2 seeds: "
	alone := func(r pageRun, v stats.Verdict) {
		r.Verdicts.Comparisons = r.Verdicts.Comparisons[:1]
		r.Verdicts.Comparisons[0].Verdict = v
	}
	for _, test := range []struct {
		name   string
		change func(pageRun)
		short  string
		also   string
	}{
		{"several", func(pageRun) {}, reserved + "the features of bce, averaged over their maps, know more about the classes than those of an encoder that was never trained; for those of l1, these data cannot tell.",
			`<td class="num"><span>−0.5</span></td><td class="num"><span>−2.5 to &#43;1.5</span></td>`},
		{"better", func(r pageRun) { alone(r, stats.Better) }, reserved + "the features of bce, averaged over their maps, know more about the classes than those of an encoder that was never trained.",
			"On 400 test images, a converged linear classifier is right in 38.0 % with features of bce, averaged over their maps, and in 33.0 % with those of a random encoder: &#43;5.0 points, 95 % interval &#43;3.0 to &#43;7.0, p = 0.0300 (paired t over seeds, 2 seeds)."},
		{"worse", func(r pageRun) { alone(r, stats.Worse) }, reserved + "the features of bce, averaged over their maps, know less about the classes than those of an encoder that was never trained.", "Chance is 10 %"},
		{"cannot tell", func(r pageRun) { alone(r, stats.CannotTell) }, reserved + "these data cannot tell whether the features of bce, averaged over their maps, know more or less about the classes than those of an encoder that was never trained.", ""},
		{"hardly an image tells them apart", func(r pageRun) {
			alone(r, stats.CannotTell)
			v := &r.Verdicts.Comparisons[0]
			v.A, v.B = v.B, v.A // to be turned round
			v.Comparison = stats.Comparison{Seeds: 1, Images: 12, Discordant: &stats.Discordant{OnlyB: 1}, Difference: -8.3, AdjustedP: 1, Deciding: stats.ByImages, Verdict: stats.CannotTell}
		}, reserved + "these data cannot tell", "&#43;8.3 points, 95 % interval −17.9 to &#43;35.4 (Tango’s score interval where fewer than 10 images tell the two apart), p = 1.0000"},
		{"pools that agree", func(r pageRun) { r.alsoWhole(5, stats.Better) },
			reserved + "the features of bce, averaged over their maps or taken as whole maps, know more about the classes than those of an encoder that was never trained; for those of l1, these data cannot tell.",
			`<th scope="row">a random encoder, taken as whole maps</th>`},
		{"pools that disagree", func(r pageRun) { r.alsoWhole(-4, stats.Worse) },
			reserved + "the features of bce, averaged over their maps, know more about the classes than those of an encoder that was never trained; for those of l1, these data cannot tell; " +
				"the features of bce, taken as whole maps, know less about the classes than those of an encoder that was never trained; for those of l1, these data cannot tell.",
			`<th scope="row">bce, taken as whole maps</th><td class="num"><span>29.0</span></td><td class="num"><span>−4.0</span>`},
		{"one seed, from predictions", func(r pageRun) { r.Repeats, r.Verdicts, r.Study = nil, nil, nil },
			"After only 3 epochs, on modified CIFAR-10, with one seed: these data cannot tell", "exact McNemar, 1 seed"},
		{"synthetic", func(r pageRun) { r.Data.Title = "synthetic data (not CIFAR-10)" }, "After only 3 epochs, on synthetic data (not CIFAR-10), with 2 seeds: ", " --data synthetic"},
		{"all there is", func(r pageRun) {
			r.Data.Title = "CIFAR-10"
			for _, training := range r.trainings() {
				training.Epochs = 100
			}
		}, "With 2 seeds: the features of bce, averaged over their maps, know more", "100 epochs"},
		{"joint", func(r pageRun) {
			r.Classifiers[1].Joint, r.Classifiers[1].Freeze, r.Classifiers[0].Freeze = true, false, false
			r.Verdicts.Comparisons = []Verdict{{Measure: ClassifiersMeasure, Finding: "accuracy", A: "random", B: "pretrained", Comparison: stats.Comparison{Verdict: stats.Better}}}
		}, reserved + "of 1 network trained to reconstruct and to classify at once, none is shown to classify better than one trained on the labels alone, 1 worse.", "Does it help or hinder"},
		{"nothing compared", func(r pageRun) { r.Verdicts, r.Study, r.Classifiers = nil, nil, nil; r.Repeats = nil },
			"After only 3 epochs, on modified CIFAR-10, with one seed: bce reaches a test BCE of 0.3100 and l1 reaches a test BCE of 0.1100.", "Nothing was compared"},
		{"nothing at all", func(r pageRun) {
			*r.Results = Results{Layout: 2, Definition: "empty", Data: r.Data}
		}, "On modified CIFAR-10: the tables below have what was measured.", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			run := newPageRun(t)
			test.change(run)
			answer := regexp.MustCompile(`<p class="answer">(.*)</p>`).FindStringSubmatch(run.page(t))
			if answer == nil || !strings.HasPrefix(answer[1], test.short) {
				t.Errorf("got  %q,\nwant %q", answer, test.short)
			}
			if page := run.page(t); !strings.Contains(page, test.also) {
				t.Errorf("the page does not say %q", test.also)
			}
		})
	}
}

// TestEveryFigureHasACaption names the kinds that a definition may ask for.
func TestEveryFigureHasACaption(t *testing.T) {
	run := newPageRun(t)
	p := &pageMaker{Results: run.Results, definition: run.definition}
	for _, kind := range config.Figures {
		if kind == "loss-curves" || drawnByThePage(kind) {
			continue // by the page, with its own
		}
		if captions[kind] == nil {
			t.Errorf("the figure %s has no caption", kind)
			continue
		}
		c := captions[kind](p, "bce")
		if c.title == "" || c.alt == "" || len(c.text) == 0 {
			t.Errorf("%s: %+v", kind, c)
		}
	}
	page := run.page(t)
	for _, want := range []string{"<b>Figure 1.</b> Accuracy of every compared probe, by features.", "</b> New kind.", "Decoded features of random"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if name := regexp.MustCompile(`(?i)fig[0-9]-|new-kind|\.svg"|\.png`).FindString(page); name != "" {
		t.Errorf("the page has a file's name: %s", name)
	}
}

func TestKindOfFigure(t *testing.T) {
	for name, want := range map[string][2]string{"fig2-reconstructions": {"reconstructions", ""}, "decoded-joint-1": {"decoded", "joint-1"},
		"layer-epochs-bce-avg": {"layer-epochs", "bce-avg"}, "layers-avg": {"layers", "avg"}, "jointed": {"jointed", ""}} {
		if kind, of := kindOf(name); kind != want[0] || of != want[1] {
			t.Errorf("%s is %q of %q", name, kind, of)
		}
	}
}

// TestTooManyFigures fills the page's room with one.
func TestTooManyFigures(t *testing.T) {
	run := newPageRun(t)
	run.write(t, "figures/accuracies.svg", `<svg viewBox="0 0 360 120"/>`+strings.Repeat(" ", figureRoom-300))
	page := run.page(t)
	if !strings.Contains(page, " would make this page too large") {
		t.Error("no word of the figures that are left out")
	}
	if len(page) > PageBytes {
		t.Errorf("%d bytes", len(page))
	}
}

func TestAxis(t *testing.T) {
	a := newAxis(0.553, 0.576, 224, 12)
	var labels []string
	for _, tick := range a.ticks(5, false) {
		labels = append(labels, tick.Label)
	}
	if got := strings.Join(labels, " "); got != "0.555 0.560 0.565 0.570 0.575" {
		t.Error(got)
	}
	if low, high := a.at(0.553), a.at(0.576); low != 224 || high != 12 {
		t.Errorf("%g to %g", low, high)
	}
	if ticks := newAxis(1, 3, 0, 100).ticks(6, true); len(ticks) != 3 || ticks[1].Label != "2" || ticks[1].At != 50 {
		t.Errorf("%+v", ticks)
	}
	if at := newAxis(0, 0, 0, 100).at(0); at != 50 {
		t.Errorf("one value stands at %g", at)
	}
}

func TestReadings(t *testing.T) {
	e := metrics.Epoch{Epoch: 2, Loss: 0.5, Test: metrics.Scores{"cross_entropy": 1.25, "accuracy": 30, "bce": 0.625}}
	if got, want := reading(e, 1.25), "epoch 2: training loss 0.5 · test loss 1.25 · accuracy 30.00 % · BCE 0.6250"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestConfusion checks shares, counts and shades by hand.
func TestConfusion(t *testing.T) {
	m := confusionOf(score([]byte{0, 0, 0, 1}, []byte{0, 1, 1, 1}, 3), []string{"plane", "automobile", "cat"})
	if got := m.Rows[0].Cells[1]; got != (confusionCell{Share: "67", Count: "2 of 3 images of plane are taken for automobile", Level: 7}) {
		t.Errorf("%+v", got)
	}
	if got := m.Rows[1].Cells[1]; got.Share != "100" || got.Level != 10 || !got.Right {
		t.Errorf("%+v", got)
	}
	if got := m.Rows[2].Cells[2]; got.Share != "" {
		t.Errorf("a class without images: %+v", got)
	}
	if m.Classes[1].Short != "aut" {
		t.Error(m.Classes[1])
	}
}

func TestShortNames(t *testing.T) {
	for _, test := range []struct {
		classes  []string
		want     string
		numbered bool
	}{
		{[]string{"plane", "cat", "é"}, "pla cat é", false},
		{[]string{"plane", "planet", "planes"}, "1 2 3", true},
		{[]string{"train", "tram", "trail"}, "train tram trail", false},
		{[]string{"class_01", "class_02"}, "1 2", true},
		{[]string{"abca", "abcb", "c", "d", "e", "f", "g", "h", "i", "j", "k"}, "1 2 3 4 5 6 7 8 9 10 11", true},
	} {
		short, numbered := shortNames(test.classes)
		if got := strings.Join(short, " "); got != test.want || numbered != test.numbered {
			t.Errorf("%q: %s, numbers: %v", test.classes, got, numbered)
		}
	}
	m := confusionOf(score([]byte{0, 1}, []byte{0, 1}, 2), []string{"class_01", "class_02"})
	if m.Rows[1].Class != "2 class_02" || m.Classes[1].Short != "2" {
		t.Errorf("%+v", m)
	}
}

// TestClassesOfScatterPlots: colours repeat after ten, and too many buttons are a list.
func TestClassesOfScatterPlots(t *testing.T) {
	for classes, want := range map[int]struct {
		repeat, buttons bool
	}{10: {false, true}, 20: {true, true}, 21: {true, false}} {
		run := newPageRun(t)
		run.Classes = make([]string, classes)
		for i := range run.Classes {
			run.Classes[i] = fmt.Sprintf("class_%02d", i)
		}
		run.Published = nil
		page := run.page(t)
		if got := strings.Contains(page, fmt.Sprintf("There are %d classes and 10 colours", classes)); got != want.repeat {
			t.Errorf("%d classes: that colours repeat is said: %v", classes, got)
		}
		if got := strings.Contains(page, `<button type="button" aria-pressed="true">`); got != want.buttons {
			t.Errorf("%d classes: buttons: %v", classes, got)
		}
		if !strings.Contains(page, "<option>class_09</option>") {
			t.Errorf("%d classes: none can be shown alone", classes)
		}
	}
}

// TestManyClasses has a hundred: too many for columns.
func TestManyClasses(t *testing.T) {
	run := newPageRun(t)
	run.Classes = make([]string, 100)
	for i := range run.Classes {
		run.Classes[i] = "class" + string(rune('a'+i%26))
	}
	run.Published = nil
	page := run.page(t)
	if strings.Contains(page, `<table class="confusion">`) || !strings.Contains(page, "Confusion of random") {
		t.Error("the confusion is not shown as a figure")
	}
	if strings.Contains(page, `class="num">classa<`) {
		t.Error("the table has a column per class")
	}
}

// TestTableOneNamesTheReportWhereItStands: of other classifiers, the report says nothing.
func TestTableOneNamesTheReportWhereItStands(t *testing.T) {
	run := newPageRun(t)
	if page := run.page(t); !strings.Contains(page, "Accuracy of the classifiers, next to the report") || !strings.Contains(page, "over the classes, as in the report.") {
		t.Error("the report's own numbers are not announced")
	}
	run.Published = nil
	if page := run.page(t); strings.Contains(page, "next to the report") || strings.Contains(page, "as in the report") || !strings.Contains(page, "</b> Accuracy of the classifiers<") {
		t.Error("table 1 names a report that it does not show")
	}
}
