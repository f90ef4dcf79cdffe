package pickle

import (
	"errors"
	"fmt"
)

// maxName is the length of the longest name of a module or class, in bytes.
const maxName = 1 << 12

// global pushes what Find returns for a name.
func (m *machine) global(op byte) error {
	module, name, err := m.globalName(op)
	if err != nil {
		return err
	}
	v, err := m.find(module, name)
	return pushed(m, v, err)
}

// find is Find and the one class that is plain data.
func (m *machine) find(module, name string) (any, error) {
	if module == "collections" && name == "OrderedDict" {
		return dictClass{}, nil
	}
	if m.Find == nil {
		return nil, fmt.Errorf("refused to load %.100q of module %.100q: only plain data is read", name, module)
	}
	if err := m.spend(nameMemory); err != nil {
		return nil, err
	}
	return m.Find(module, name)
}

func (m *machine) globalName(op byte) (module, name string, err error) {
	if op != opStackGlobal {
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
	if err := m.spend(nameMemory); err != nil {
		return err
	}
	v, err := m.Persistent(id)
	return pushed(m, v, err)
}

// reduce calls what lies below a tuple of arguments.
func (m *machine) reduce() error {
	pair, err := m.popN(2)
	if err != nil {
		return err
	}
	return m.call(pair[0], pair[1])
}

// reduceKeywords is reduce with a dict of further arguments on top, which no
// known class takes.
func (m *machine) reduceKeywords() error {
	three, err := m.popN(3)
	if err != nil {
		return err
	}
	if _, ok := three[2].(*Dict); !ok {
		return fmt.Errorf("call with a %s for keywords", TypeName(three[2]))
	}
	if _, ok := three[0].(*Opaque); !ok {
		return fmt.Errorf("call of a %s with keywords", TypeName(three[0]))
	}
	return m.call(three[0], three[1])
}

// marked calls the first of the items above the last mark with the others, or,
// as INST, what is named in the input with all of them.
func (m *machine) marked(op byte) error {
	var callee any
	if op == opInst {
		if err := m.global(op); err != nil {
			return err
		}
		callee, _ = m.pop()
	}
	items, err := m.popMark()
	if err != nil {
		return err
	}
	if op == opObj {
		if len(items) == 0 {
			return errors.New("an object without a class")
		}
		callee, items = items[0], items[1:]
	}
	args, err := m.copied(items)
	if err != nil {
		return err
	}
	return m.call(callee, args)
}

func (m *machine) call(callee, arguments any) error {
	args, ok := arguments.(Tuple)
	if !ok {
		return fmt.Errorf("call with a %s for arguments", TypeName(arguments))
	}
	switch callee := callee.(type) {
	case *Opaque:
		return m.push(callee)
	case dictClass:
		v, err := m.newDict(args)
		return pushed(m, v, err)
	case Callable:
		if err := m.spend(callMemory); err != nil {
			return err
		}
		v, err := callee(args)
		return pushed(m, v, err)
	}
	return fmt.Errorf("call of a %s", TypeName(callee))
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
	case *Dict, *Opaque: // attributes, which are no data
		return nil
	case Builder:
		return v.SetState(state)
	}
	return fmt.Errorf("set the state of a %s", TypeName(v))
}

// extend adds items to the list on top. Where a set or another class is, they
// are dropped.
func (m *machine) extend(items []any, err error) error {
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *List:
		if v.Items, err = grown(m, v.Items, len(items)); err != nil {
			return err
		}
		v.Items = append(v.Items, items...)
		return nil
	case *Opaque:
		return nil
	}
	return fmt.Errorf("append to a %s", TypeName(v))
}

// update sets items of the dict on top.
func (m *machine) update(items []any, err error) error {
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *Dict:
		return m.setAll(v, items)
	case *Opaque:
		return nil
	}
	return fmt.Errorf("set an item of a %s", TypeName(v))
}
