package weights

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"aeprobe/internal/pickle"
)

// This file guesses why weights do not fit. Each guess has one line for the cause
// and one for the remedy, which is never the code that wrote the file.

const another = "\nname the definition of the network that was saved"

// cause is the likely reason for a mismatch, and its remedy.
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
		return "the shapes fit, so this is the right network under other names\nrename its tensors in Python"
	case len(p.values) == 0:
		return "no name fits: these are the weights of another network" + another
	case len(p.missing) > 0:
		if part := p.missingPart(); part != "" {
			return fmt.Sprintf("everything under %q is missing: this is only part of the network\n"+
				"save the state_dict of the whole network", part)
		}
		return "only some names fit: the network has other layers" + another
	case len(p.different) > 0:
		return "the names fit, but the layers have other sizes" + another
	}
	return "nothing is missing, but the network has more layers" + another
}

// unreadable is the cause and remedy for tensors of kinds that Fit does not
// convert.
func (p *place) unreadable() string {
	for _, name := range slices.Sorted(maps.Keys(p.values)) {
		switch v := p.values[name].(type) {
		case *unread:
			return v.remedy
		case *pickle.Opaque:
			return "save dense tensors in Python: " + dense(v.Name)
		default:
			if have, _ := specOf(v); have.DType != F32 && p.want[name].DType == F32 && !converts(have.DType, F32) {
				return have.DType.torch() + " weights are not converted\n" +
					"save them as float32 in Python: torch.save(model.float().state_dict(), path)"
			}
		}
	}
	return ""
}

// dense is Python code that makes a dense tensor of what the named function
// returned.
func dense(function string) string {
	switch {
	case strings.Contains(function, "sparse"):
		return "t.to_dense()"
	case strings.Contains(function, "qtensor"):
		return "t.dequantize()"
	case function == "_reconstruct": // NumPy's
		return "torch.from_numpy(t)"
	}
	return "torch.tensor(t.tolist())"
}

// wrappers are the name parts that PyTorch adds for a wrapped module.
var wrappers = []string{"module.", "_orig_mod.", "_forward_module.", "_fsdp_wrapped_module."}

// wrapped is the wrapper whose removal from the file's names would supply all
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

// sameShapes reports whether the file's tensors have the shapes of those wanted,
// in any order.
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

// missingPart is the first part of the missing names, if they share one, no name
// with it is there, and nothing unexpected is.
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
