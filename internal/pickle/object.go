package pickle

import (
	"errors"
	"fmt"
)

// global pushes what Find returns for a name.
func (m *machine) global(op byte) error {
	module, name, err := m.globalName(op)
	if err != nil {
		return err
	}
	v, err := m.find(module, name)
	return pushed(m, v, err)
}

func (m *machine) globalName(op byte) (module, name string, err error) {
	if op == opGlobal {
		if module, err = m.line(); err != nil {
			return "", "", err
		}
		name, err = m.line()
		return module, name, err
	}
	names, err := m.popN(2)
	if err != nil {
		return "", "", err
	}
	module, ok1 := names[0].(string)
	name, ok2 := names[1].(string)
	if !ok1 || !ok2 {
		return "", "", errors.New("a class or function whose name is not a str")
	}
	if len(module) > maxName || len(name) > maxName {
		return "", "", errors.New("a class or function whose name has no end")
	}
	return module, name, nil
}

func (m *machine) persistent() error {
	id, err := m.pop()
	if err != nil {
		return err
	}
	if m.Persistent == nil {
		return errors.New("persistent ids are not read")
	}
	v, err := m.Persistent(id)
	return pushed(m, v, err)
}

// call calls a Callable with a Tuple of arguments.
func (m *machine) call() error {
	pair, err := m.popN(2)
	if err != nil {
		return err
	}
	callee, ok := pair[0].(Callable)
	if !ok {
		return fmt.Errorf("call of a %s", TypeName(pair[0]))
	}
	args, ok := pair[1].(Tuple)
	if !ok {
		return fmt.Errorf("call with a %s for arguments", TypeName(pair[1]))
	}
	v, err := callee(args)
	return pushed(m, v, err)
}

// build sets an object's state.
func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *Dict: // attributes, which are no data
		return nil
	case Builder:
		return v.SetState(state)
	}
	return fmt.Errorf("set the state of a %s", TypeName(v))
}
