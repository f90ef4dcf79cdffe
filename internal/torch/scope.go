package torch

import "github.com/sugarme/gotch/ts"

// A Scope owns the tensors of a longer computation and remembers its first
// error; steps after an error are skipped. Drop frees the tensors.
type Scope struct {
	Err     error
	tensors []*ts.Tensor
}

// Do runs f and keeps its tensor. After an error it returns nil, which is only
// good for passing to another Do.
func (s *Scope) Do(f func() (*ts.Tensor, error)) *ts.Tensor {
	if s.Err != nil {
		return nil
	}
	var t *ts.Tensor
	if t, s.Err = f(); s.Err != nil {
		return nil
	}
	s.tensors = append(s.tensors, t)
	return t
}

// Drop frees every tensor of the scope.
func (s *Scope) Drop() { Drop(s.tensors...) }

// A Doer runs steps of a computation, as a Scope does.
type Doer interface {
	Do(f func() (*ts.Tensor, error)) *ts.Tensor
}

// Apply is f(argument), for a method of a tensor that keeps it.
func Apply[A any](d Doer, f func(A, bool) (*ts.Tensor, error), argument A) *ts.Tensor {
	return d.Do(func() (*ts.Tensor, error) { return f(argument, false) })
}

// Alone is f(), for a method of a tensor that keeps it.
func Alone(d Doer, f func(bool) (*ts.Tensor, error)) *ts.Tensor {
	return d.Do(func() (*ts.Tensor, error) { return f(false) })
}
