package weights

import (
	"fmt"
	"strings"

	"aeprobe/internal/words"
)

// where describes a place's spot in the file. It is empty for the root without a
// prefix.
func (p *place) where() string {
	var parts []string
	if keys := p.underKeys(); keys != "" {
		parts = append(parts, keys)
	}
	if p.joined {
		parts = append(parts, "in the dicts "+p.joinedKeys())
	}
	if p.prefix != "" {
		parts = append(parts, fmt.Sprintf("with prefix %q", p.prefix))
	}
	return strings.Join(parts, ", ")
}

// underKeys names the keys of a place's dict; it is empty for the root.
func (p *place) underKeys() string {
	switch keys := p.table.keys(); len(keys) {
	case 0:
		return ""
	case 1:
		return "under key " + keys[0]
	default:
		return "under keys " + strings.Join(keys, ", ")
	}
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
	if keys := p.underKeys(); keys != "" {
		notes = append(notes, "read state_dict "+keys)
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

// list is the first few names of count, and the number of the others.
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
