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
	data, missing, err := localImages(ctx, definition, o.data)
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
		fmt.Fprintf(stdout, "%s is not on this machine yet: %s.\nFinished stages cannot be recognised without the images, so all stages count as not made.\n\n", titleOf(definition.Data.Set), missing)
	}
	showOutlook(stdout, options.Dir, outlook)
	return nil
}

// localImages reads the images of a definition if they are on this machine. For those
// that are not, it takes sets without pixels and says what it found.
func localImages(ctx context.Context, d *config.Definition, named string) (data *vision.Dataset, missing string, err error) {
	if d.Data.Set == synthetic || named == synthetic {
		data, err = openImages(ctx, d.Data, named, nil)
	} else {
		data, missing, err = checkImages(ctx, d, named)
	}
	if err != nil {
		return nil, "", err
	}
	data.Pretraining = map[config.Pretraining]*vision.Dataset{}
	for _, a := range d.Autoencoders {
		if a.Data == nil || data.Pretraining[a.Data.Key()] != nil {
			continue
		}
		o, done := imageOptions()
		o.Offline = true
		of, err := vision.OpenPretraining(ctx, *a.Data, o)
		done()
		if err != nil || of.Name != a.Data.Set {
			of = experiments.UnreadPretraining(*a.Data)
		}
		data.Pretraining[a.Data.Key()] = of
	}
	return data, missing, nil
}

// checkImages reads the definition's own images without a network.
func checkImages(ctx context.Context, d *config.Definition, named string) (data *vision.Dataset, missing string, err error) {
	o, done := imageOptions()
	defer done()
	o.Dir, o.Prepare = named, d.Data.Preparation
	data, found, err := vision.Check(ctx, d.Data.Set, o)
	if err != nil {
		return nil, "", err
	}
	if data == nil {
		return experiments.Unread(d), found, nil
	}
	data, err = data.Limit(d.Data.Train, d.Data.Test)
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
