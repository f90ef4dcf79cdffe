package experiments

import "fmt"

// tallyShown is how many differences of one kind are told one by one.
const tallyShown = 5

// A tally counts differences of one kind, of which there may be millions, and
// keeps the first few.
type tally struct {
	shown []string
	count int
}

func (t *tally) add(format string, args ...any) {
	if t.count++; t.count <= tallyShown {
		t.shown = append(t.shown, fmt.Sprintf(format, args...))
	}
}

// list is the differences kept, and how many there were beside them.
func (t *tally) list() []string {
	if more := t.count - len(t.shown); more > 0 {
		return append(t.shown, fmt.Sprintf("and %d more such", more))
	}
	return t.shown
}
