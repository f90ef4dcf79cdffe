package config

import (
	"errors"
	"fmt"
)

// A FieldError is about a field of a definition that was complete, and only turned out
// not to fit when its files were opened or its images counted.
type FieldError struct {
	Path []string
	Err  error
}

func (e *FieldError) Error() string { return joinKey(e.Path) + ": " + e.Err.Error() }

// Unwrap is the error without the field.
func (e *FieldError) Unwrap() error { return e.Err }

// Locate puts in front of an error about a field where its value comes from. Other
// errors stay as they are.
func (r *Resolved) Locate(err error) error {
	field, is := errors.AsType[*FieldError](err)
	if !is {
		return err
	}
	origin := r.Origin(field.Path...)
	if origin == follows {
		return err
	}
	return fmt.Errorf("%s: %w", origin, err)
}
