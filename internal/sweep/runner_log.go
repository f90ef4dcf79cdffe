package sweep

import (
	"bytes"
	"fmt"
)

// prefixed writes lines to the runner's log, each with its run's number, and keeps
// the last ones.
type prefixed struct {
	r      *Runner
	prefix string
	line   func(string) string
	keep   bool
	kept   []string
	part   []byte
}

// keptLines is more than the longest message.
const keptLines = 40

func (p *prefixed) Write(text []byte) (int, error) {
	p.part = append(p.part, text...)
	for {
		line, rest, found := bytes.Cut(p.part, []byte("\n"))
		if !found {
			return len(text), nil
		}
		p.write(string(line))
		p.part = rest
	}
}

func (p *prefixed) write(line string) {
	if p.keep {
		p.kept = append(p.kept[max(0, len(p.kept)-keptLines+1):], line)
	}
	if p.line != nil {
		if line = p.line(line); line == "" {
			return
		}
	}
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	fmt.Fprintln(p.r.Log, p.prefix+line) // a lost log stops no run
}

func (p *prefixed) flush() {
	if len(p.part) > 0 {
		p.write(string(p.part))
	}
}
