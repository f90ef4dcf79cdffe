package weights

import (
	"fmt"
	"slices"
	"strings"

	"aeprobe/internal/pickle"

	"aeprobe/internal/words"
)

// where says where in the file a place is. It is empty for the names of a
// table at the root.
func (p *place) where() string {
	var parts []string
	switch keys := p.table.keys(); {
	case len(keys) == 1:
		parts = append(parts, "under key "+keys[0])
	case len(keys) > 1:
		parts = append(parts, "under keys "+strings.Join(keys, ", "))
	}
	if p.joined {
		parts = append(parts, "in the dicts "+p.joinedKeys())
	}
	if p.prefix != "" {
		parts = append(parts, fmt.Sprintf("with prefix %q", p.prefix))
	}
	return strings.Join(parts, ", ")
}

func (p *place) joinedKeys() string {
	var keys []string
	for _, t := range p.tables {
		keys = append(keys, t.key)
	}
	return strings.Join(keys, ", ")
}

// notes say how the tensors of a place were found.
func (p *place) notes() []string {
	var notes []string
	switch keys := p.table.keys(); {
	case len(keys) == 1:
		notes = append(notes, "read state_dict under key "+keys[0])
	case len(keys) > 1:
		notes = append(notes, "read state_dict under keys "+strings.Join(keys, ", "))
	}
	if p.joined {
		notes = append(notes, "joined the state_dicts "+p.joinedKeys())
	}
	if p.prefix != "" {
		notes = append(notes, fmt.Sprintf("stripped prefix %q", p.prefix))
	}
	if n := p.beside.count; n > 0 {
		notes = append(notes, fmt.Sprintf("left out %s without that prefix: %s", words.Count(n, "tensor"), list(n, p.beside.first)))
	}
	return notes
}

// shown is how many of a list's names an error or a note shows.
const shown = 3

// list is the first few of so many names, and how many more there are.
func list(count int, all []string) string {
	s := strings.Join(all[:min(shown, len(all))], ", ")
	if more := count - shown; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

func (s Spec) String() string { return s.DType.torch() + " " + shapeString(s.Shape) }

// mismatch is the error that a place does not fit.
func (p *place) mismatch() error {
	e := &MismatchError{Where: p.where(), Different: p.different, Cause: p.cause(),
		Unexpected: p.unexpected.first, UnexpectedCount: p.unexpected.count}
	for _, name := range p.missing {
		e.Missing = append(e.Missing, fmt.Sprintf("%q (%s)", name, p.want[name]))
	}
	return e
}

const another = "\ngive the definition that describes the network of this file"

// cause says what is likely to be wrong, and what to do.
func (p *place) cause() string {
	if remedy := p.unreadable(); remedy != "" {
		return remedy
	}
	if within := p.wrapped(); within != "" {
		return fmt.Sprintf("the names fit without %q in them\n"+
			"cut it out in Python: {name.replace(%q, \"\"): t for name, t in state_dict.items()}", within, within)
	}
	switch {
	case len(p.values) == 0 && p.sameShapes():
		return "the shapes fit, so it is this network under other names\nrename the tensors in Python as this program names them"
	case len(p.values) == 0:
		return "none of the names fit: it is another network" + another
	case len(p.missing) > 0:
		if part := p.missingPart(); part != "" {
			return fmt.Sprintf("there is nothing under %q: the file holds a part of the network\n"+
				"save the state_dict of the whole network", part)
		}
		return "some of the names fit: the network has other layers" + another
	case len(p.different) > 0:
		return "the names fit: the network's layers have other sizes or types" + another
	}
	return "all that is wanted is there: the network has more layers" + another
}

// unreadable is what to do where tensors are there, but of kinds that Fit does
// not convert.
func (p *place) unreadable() string {
	for _, v := range p.values {
		switch v := v.(type) {
		case *tensor:
			if v.dtype.isFloat8() {
				return asFloat32
			}
		case Array:
			if v.DType.isFloat8() {
				return asFloat32
			}
		case *unread:
			return v.remedy
		default:
			return "save dense tensors in Python: " + dense(typeName(v))
		}
	}
	return ""
}

const asFloat32 = "float8 is not converted\nsave the weights as float32 in Python: torch.save(model.float().state_dict(), path)"

// dense is the Python that makes a dense tensor of what a function of the
// given name made.
func dense(function string) string {
	switch {
	case strings.Contains(function, "sparse"):
		return "t.to_dense()"
	case strings.Contains(function, "qtensor"):
		return "t.dequantize()"
	case strings.Contains(function, "numpy"):
		return "torch.from_numpy(t)"
	}
	return "torch.tensor(t.tolist())"
}

// wrappers are what PyTorch puts into the names of wrapped modules.
var wrappers = []string{"module.", "_orig_mod.", "_forward_module.", "_fsdp_wrapped_module."}

// wrapped is the wrapper without which names that are not wanted would be those
// that are missing.
func (p *place) wrapped() string {
	if len(p.missing) == 0 {
		return ""
	}
	for _, w := range wrappers {
		found := 0
		for _, item := range p.table.dict.Items {
			name, ok := item.Key.(string)
			if !ok || len(name) > pickle.MaxKey || !strings.Contains(name, w) {
				continue
			}
			if slices.Contains(p.missing, strings.ReplaceAll(name, w, "")) {
				found++
			}
		}
		if found == len(p.missing) {
			return w
		}
	}
	return ""
}

// sameShapes holds where the tensors not wanted have the shapes of those that
// are.
func (p *place) sameShapes() bool {
	var have, want []string
	for _, t := range p.tables {
		for _, item := range t.dict.Items {
			if spec, ok := specOf(item.Value); ok && len(have) <= len(p.want) {
				have = append(have, shapeString(spec.Shape))
			}
		}
	}
	for _, spec := range p.want {
		want = append(want, shapeString(spec.Shape))
	}
	slices.Sort(have)
	slices.Sort(want)
	return slices.Equal(have, want)
}

// missingPart is the first part of names of which all are missing, and no
// others are.
func (p *place) missingPart() string {
	part, _, dotted := strings.Cut(p.missing[0], ".")
	if !dotted || p.unexpected.count > 0 {
		return ""
	}
	count := 0
	for name := range p.want {
		if strings.HasPrefix(name, part+".") {
			count++
		}
	}
	for _, name := range p.missing {
		if !strings.HasPrefix(name, part+".") {
			return ""
		}
	}
	if count != len(p.missing) {
		return ""
	}
	return part + "."
}
