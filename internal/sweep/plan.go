package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"aeprobe/config"
	"aeprobe/internal/atomicfile"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/lock"
)

// planLock is held by whoever plans, submits or writes what was collected.
const planLock = ".lock"

// seedKey is the field that repeats a run. It decides nothing that a definition is
// checked for, so runs that differ in it alone are checked once.
const seedKey = "seed"

// A Planner does for plan what takes images or libtorch.
type Planner struct {
	// Fix completes sweep.yaml for the base definition: device, images, libtorch.
	Fix func(base *config.Definition, f *Fixed) error
	// Estimate is what a definition will take.
	Estimate func(*config.Definition, *Fixed) (PerRun, error)
}

// A Plan is what planning did.
type Plan struct {
	*Sweep
	// Added counts new runs, Dropped those that the grid no longer asks for, which
	// stay.
	Added, Dropped int
}

// Make plans a grid in dir, or adds to the sweep that is there. A wrong definition
// gives a *config.Error, and nothing is written.
func Make(g *Grid, dir string, p Planner) (*Plan, error) {
	base, definition, err := g.freeze()
	if err != nil {
		return nil, err
	}
	defaults, err := valuesIn(base, g.keys())
	if err != nil {
		return nil, err
	}
	asked := g.expand(defaults)
	distinct, err := g.check(base, asked)
	if err != nil {
		return nil, err
	}
	fixed := &Fixed{Base: sumOf(base), Keep: g.Keep, Device: g.Device, Threads: g.Threads, Capability: g.Capability, Autograd: g.Autograd,
		Data: FixedData{Set: definition.Data.Set, Path: g.Data}}
	fixed.ID = sumOf([]byte(absolute(dir)))[:8]
	if err := p.Fix(definition, fixed); err != nil {
		return nil, err
	}
	if err := fixed.estimate(distinct, p); err != nil {
		return nil, err
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return g.write(dir, base, fixed, asked)
}

// freeze is the base definition with the grid's set:, as a file and as it is
// meant.
func (g *Grid) freeze() ([]byte, *config.Definition, error) {
	path := g.Base
	if _, err := config.BuiltinYAML(path); err != nil && !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(g.file), path)
	}
	text, err := config.Freeze(path, g.Set.Sets())
	if err != nil {
		return nil, nil, g.located(err, nil, "")
	}
	d, err := config.Load(path, g.Set.Sets())
	return text, d, err
}

// check checks all runs' definitions and returns those that differ in more than the
// seed.
func (g *Grid) check(base []byte, runs []Overrides) ([]*config.Definition, error) {
	dir, err := os.MkdirTemp("", "aeprobe-plan-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, BaseFile)
	if err := os.WriteFile(path, base, 0o600); err != nil {
		return nil, err
	}
	var distinct []*config.Definition
	var problems []config.Problem
	checked := map[string]bool{}
	for number, o := range runs {
		rest := o.without(seedKey).String()
		if checked[rest] && isSeed(o[seedKey]) {
			continue
		}
		d, err := config.Load(path, o.Sets())
		if wrong, is := errors.AsType[*config.Error](g.located(err, o, fmt.Sprintf("run %d, %s", number, o))); is {
			problems = append(problems, wrong.Problems...)
		} else if err != nil {
			return nil, err
		}
		if err == nil && !checked[rest] {
			distinct = append(distinct, d)
		}
		checked[rest] = true
		if len(problems) > 1000 {
			break
		}
	}
	if len(problems) > 0 {
		return nil, &config.Error{Problems: problems}
	}
	return distinct, nil
}

// isSeed reports whether a definition takes a value, or none, as its seed.
func isSeed(v json.RawMessage) bool {
	_, err := strconv.ParseUint(string(v), 10, 32)
	return v == nil || err == nil
}

// located moves problems of a run's overrides, or of set, to their lines in the grid
// file.
func (g *Grid) located(err error, o Overrides, run string) error {
	wrong, is := errors.AsType[*config.Error](err)
	if !is {
		return err
	}
	lines := g.lines
	if i := slices.IndexFunc(g.Runs, func(listed Overrides) bool { return o != nil && listed.String() == o.String() }); i >= 0 {
		lines = g.linesOf(i)
	}
	moved := slices.Clone(wrong.Problems)
	for i, p := range moved {
		for key, at := range lines {
			if p.Key == key || strings.HasPrefix(p.Key, key+".") {
				moved[i].File, moved[i].Line, moved[i].Column = g.file, at.Line, at.Column
			}
		}
		if run != "" {
			moved[i].Message += " (" + run + ")"
		}
	}
	return &config.Error{Problems: moved}
}

// estimate sets the most that any of the definitions takes.
func (f *Fixed) estimate(definitions []*config.Definition, p Planner) error {
	for _, d := range definitions {
		e, err := p.Estimate(d, f)
		if err != nil {
			return err
		}
		f.PerRun.Disk = max(f.PerRun.Disk, e.Disk)
		f.PerRun.Memory = max(f.PerRun.Memory, e.Memory)
		f.PerRun.Files = max(f.PerRun.Files, e.Files)
		f.PerRun.Seconds = max(f.PerRun.Seconds, e.Seconds)
	}
	return nil
}

// write brings a planned grid to the folder. runs.tsv comes last: a sweep without
// it is not planned yet.
func (g *Grid) write(dir string, base []byte, fixed *Fixed, asked []Overrides) (*Plan, error) {
	fixed.Fields = g.keys()
	s := &Sweep{Dir: dir}
	old, err := readRuns(dir)
	if err != nil {
		return nil, err
	}
	if err := s.decode(old); err != nil {
		return nil, err
	}
	if len(old) > 0 {
		if err := fixed.continues(dir); err != nil {
			return nil, err
		}
	}
	defaults, err := valuesIn(base, fixed.Fields) // those of earlier grids, too
	if err != nil {
		return nil, err
	}
	planned := map[string]bool{}
	for _, r := range old {
		planned[r.Overrides.or(defaults).String()] = true
	}
	var added []Run
	for _, o := range asked {
		if !planned[o.or(defaults).String()] {
			added = append(added, newRun(len(old)+len(added), o, fixed.Base))
		}
	}
	kept := len(asked) - len(added)
	if err := errors.Join(atomicfile.RemoveTemporaries(dir), atomicfile.WriteBytes(filepath.Join(dir, BaseFile), base), fixed.write(dir)); err != nil {
		return nil, err
	}
	if err := appendRuns(dir, added); err != nil {
		return nil, err
	}
	s.Fixed, s.Runs = *fixed, slices.Concat(old, added)
	return &Plan{Sweep: s, Added: len(added), Dropped: len(old) - kept}, nil
}

// continues refuses to add to a sweep that was fixed to something else, and keeps
// what that one already says.
func (f *Fixed) continues(dir string) error {
	was, err := read(dir)
	if err != nil {
		return err
	}
	f.ID = was.ID
	if f.Base != was.Base {
		return fmt.Errorf("the sweep in %s was planned from another definition: %s differs from what base: and set: give now\n"+
			"its runs must stay comparable: plan into another --out", dir, filepath.Join(dir, BaseFile))
	}
	for _, key := range was.Fields {
		if !slices.Contains(f.Fields, key) {
			f.Fields = append(f.Fields, key)
		}
	}
	before, now := was.Fixed, *f
	before.Fields, now.Fields, before.PerRun, now.PerRun = nil, nil, PerRun{}, PerRun{}
	a, err := fingerprint.Canonical(before)
	if err != nil {
		return err
	}
	b, err := fingerprint.Canonical(now)
	if err != nil {
		return err
	}
	if why, err := fingerprint.Difference(a, b); err != nil || why != "" {
		if err == nil {
			err = fmt.Errorf("the sweep in %s was planned differently: %s\nits runs must stay comparable: plan into another --out", dir, why)
		}
		return err
	}
	f.PerRun.Disk, f.PerRun.Memory = max(f.PerRun.Disk, was.PerRun.Disk), max(f.PerRun.Memory, was.PerRun.Memory)
	f.PerRun.Files, f.PerRun.Seconds = max(f.PerRun.Files, was.PerRun.Files), max(f.PerRun.Seconds, was.PerRun.Seconds)
	return nil
}

// lockFolder locks a sweep for planning or submitting. A folder of somebody else's
// files is refused.
func lockFolder(dir string) (unlock func(), err error) {
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 && !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == FixedFile || e.Name() == planLock }) {
		return nil, fmt.Errorf("%s is not empty, and no sweep\npass another --out", dir)
	}
	held, err := lock.Try(filepath.Join(dir, planLock), true)
	if other, is := errors.AsType[*lock.HeldError](err); is {
		return nil, fmt.Errorf("%s is being planned, submitted or collected: %w\nwait for it to end", dir, other)
	}
	if err != nil {
		return nil, err
	}
	return func() { _ = held.Unlock() }, nil
}

// folderPatience is how long a collecting job waits for a sweep that is being submitted.
const folderPatience = time.Minute

// waitForFolder is lockFolder for those who can wait.
func waitForFolder(dir string) (unlock func(), err error) {
	for begun := time.Now(); ; time.Sleep(lock.Glance) {
		unlock, err = lockFolder(dir)
		if _, held := errors.AsType[*lock.HeldError](err); !held || time.Since(begun) > folderPatience {
			return unlock, err
		}
	}
}

func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}
