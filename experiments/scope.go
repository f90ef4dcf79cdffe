package experiments

import (
	"github.com/sugarme/gotch/ts"

	"aeprobe/internal/torch"
)

// A scope keeps the tensors of a longer computation until it ends, and the
// first error on the way: what comes after it is left out.
type scope struct {
	tensors []*ts.Tensor
	err     error
}

// do adds the tensor that f makes. It returns nil after an error, which only a
// further do may be given.
func (s *scope) do(f func() (*ts.Tensor, error)) *ts.Tensor {
	if s.err != nil {
		return nil
	}
	var t *ts.Tensor
	if t, s.err = f(); s.err != nil {
		return nil
	}
	s.tensors = append(s.tensors, t)
	return t
}

func (s *scope) drop() { torch.Drop(s.tensors...) }
