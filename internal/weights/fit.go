package weights

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"aeprobe/internal/words"
)

// Fit finds the tensors of one of the given networks, tried in order, and
// returns that network's index. Like load_state_dict, it converts F16, BF16 and
// F64 to F32. The rules:
//
//   - All names wanted may share one prefix ("module.", "_orig_mod."), which is
//     stripped. Tensors without it are left out.
//   - The tensors may be in any dict of the file, or split into one dict for each
//     first part of their names ({"encoder": ..., "decoder": ...}). Other dicts
//     are ignored.
//   - The same dict may hold no further tensors with that prefix.
//   - Two places that fit are an error, since only the user can choose.
//
// The result satisfies Match, and its Notes list the steps taken. If nothing
// fits, the error is a *MismatchError about the closest candidate.
func (s *Source) Fit(networks ...map[string]Spec) (f *File, network int, err error) {
	var nearest *place
	for i, want := range networks {
		var fitting []*place
		for _, p := range s.places(want) {
			if nearest == nil || p.score() > nearest.score() {
				nearest = p
			}
			if len(p.missing) == 0 && len(p.different) == 0 {
				fitting = append(fitting, p)
			}
		}
		if len(fitting) > 1 {
			return nil, 0, ambiguous(fitting)
		}
		if len(fitting) == 1 && fitting[0].unexpected.count == 0 {
			f, err := fitting[0].take(s)
			return f, i, err
		}
	}
	if nearest == nil {
		return nil, 0, errors.New("the file holds no tensors")
	}
	return nil, 0, nearest.mismatch()
}

// FitAmong is Fit of one network among other tensors of the same dict, which are
// left out: where a user named the tensors, one too many tells of no mistake.
func (s *Source) FitAmong(want map[string]Spec) (*File, error) {
	var nearest *place
	var fitting []*place
	for _, p := range s.places(want) {
		if len(p.missing) == 0 && len(p.different) == 0 {
			fitting = append(fitting, p)
		}
		if nearest == nil || p.score() > nearest.score() {
			nearest = p
		}
	}
	switch {
	case len(fitting) > 1:
		return nil, ambiguous(fitting)
	case len(fitting) == 1:
		return fitting[0].take(s)
	case nearest == nil:
		return nil, errors.New("the file holds no tensors")
	}
	return nil, nearest.mismatch()
}

func ambiguous(fitting []*place) error {
	var all []string
	for _, p := range fitting {
		all = append(all, cmp.Or(p.where(), "without a prefix"))
	}
	remedy := "write the tensors of one of them to a file of their own"
	if keys := fitting[0].tables[0].keys(); len(keys) > 0 && !fitting[0].joined {
		remedy = fmt.Sprintf("keep one of them in Python: torch.save(torch.load(path)[%s], ...)", strings.Join(keys, "]["))
	}
	return fmt.Errorf("the file holds %d whole networks: %s\n%s", len(all), strings.Join(all, "; "), remedy)
}

// take reads and converts a place's tensors.
func (p *place) take(s *Source) (*File, error) {
	f := &File{Tensors: make(map[string]Array, len(p.want)), Notes: p.notes()}
	converted := map[DType]int{}
	var beyond []string
	for _, name := range slices.Sorted(maps.Keys(p.want)) {
		a, err := s.array(p.values[name])
		if err == nil && a.DType != p.want[name].DType {
			converted[a.DType]++
			whole := firstNonFinite(a) < 0
			a, err = a.float32s()
			if i := firstNonFinite(a); i >= 0 && whole {
				beyond = append(beyond, fmt.Sprintf("%q: a value beyond float32's range at %s", name, shapeString(index(a.Shape, i))))
			}
		}
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		f.Tensors[name] = a
	}
	if beyond != nil {
		return nil, &MismatchError{Where: p.where(), Different: beyond, Cause: diverged}
	}
	for _, from := range slices.Sorted(maps.Keys(converted)) {
		f.Notes = append(f.Notes, fmt.Sprintf("converted %s from %s", words.Count(converted[from], "tensor"), from.torch()))
	}
	if err := Match(f, p.want); err != nil {
		var mismatch *MismatchError
		if errors.As(err, &mismatch) {
			mismatch.Where, mismatch.Cause = p.where(), diverged
		}
		return nil, err
	}
	return f, nil
}

const diverged = "the training diverged\nuse a checkpoint from before that"
