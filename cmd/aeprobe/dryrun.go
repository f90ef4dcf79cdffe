package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"aeprobe/config"
	"aeprobe/experiments"
	"aeprobe/internal/words"
	"aeprobe/vision"
)

// foresee prints what a run would do, and does nothing of it.
func foresee(ctx context.Context, o runOptions, definition *config.Definition, options experiments.Options) error {
	data, missing, err := localImages(ctx, definition.Data, o.data)
	if err != nil {
		return err
	}
	outlook, err := experiments.Foresee(definition, data, options)
	if err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(stdout).Encode(outlook)
	}
	if missing != "" {
		fmt.Fprintf(stdout, "%s is not on this machine yet: %s.\nFinished stages can only be told by the images, so all stages count as not made.\n\n", titleOf(definition.Data.Set), missing)
	}
	showOutlook(stdout, options.Dir, outlook)
	return nil
}

// localImages reads the images of a definition if they are on this machine.
// Otherwise it returns a set without images and says what it found.
func localImages(ctx context.Context, d config.Data, named string) (data *vision.Dataset, missing string, err error) {
	if d.Set == synthetic || named == synthetic {
		data, err = openImages(ctx, d, named, nil)
		return data, "", err
	}
	data, found, err := vision.Check(ctx, d.Set, vision.Options{Dir: named, Train: d.Train, Test: d.Test, Log: newLog()})
	if err != nil {
		return nil, "", err
	}
	if data == nil {
		return experiments.Unread(d), found, nil
	}
	data, err = data.Limit(d.Train, d.Test)
	return data, "", err
}

// showOutlook prints what a run would do, as a table and a sentence.
func showOutlook(w io.Writer, dir string, o *experiments.Outlook) {
	t := newList("stage", "will", "time", "memory", "disk")
	rightAlign(t, "time", "memory", "disk")
	left := 0
	for _, p := range o.Stages {
		if p.Done {
			t.AppendRow(table.Row{p.Stage, "stay: it is up to date", "", "", ""})
			continue
		}
		left++
		t.AppendRow(table.Row{p.Stage, "run: " + p.Why, timeOf(p), words.Bytes(p.Memory), words.Bytes(p.Disk)})
	}
	fmt.Fprintf(w, "%s\n", t.Render())
	if left == 0 {
		fmt.Fprintf(w, "\nThere is nothing to do: everything in %s is up to date.\n", dir)
		return
	}
	fmt.Fprintf(w, "~ is estimated from FLOPs, ? is not known; other times are as like stages took before.\nMemory is each stage's own, without the program and the images.\n\n")
	fmt.Fprintf(w, "%d of %s would run in %s, up to %d at once.\nIt takes %s.\n", left, words.Count(len(o.Stages), "stage"), dir, o.Slots, o.Needs)
	if o.Refused != nil {
		fmt.Fprintf(w, "\nBut it would refuse to start:\n%v\n", o.Refused)
	}
}

// timeOf is a stage's time, marked where it is no measurement.
func timeOf(p experiments.Prospect) string {
	text := words.Duration(time.Duration(p.Seconds * float64(time.Second)))
	switch p.Known {
	case "measured":
		return text
	case "estimated":
		return "~" + text
	default:
		return "?"
	}
}
