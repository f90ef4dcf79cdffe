package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// step carries out one instruction.
func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		v, err := m.byte()
		if err == nil && v > 5 {
			err = fmt.Errorf("protocol %d; 2 to 5 are read", v)
		}
		return err
	case opFrame: // how far to read ahead; all is in memory
		_, err := m.uint(8)
		return err

	case opNone:
		return m.push(nil)
	case opNewTrue:
		return m.push(true)
	case opNewFalse:
		return m.push(false)
	case opBinInt:
		v, err := m.uint(4)
		return pushed(m, int64(int32(v)), err)
	case opBinInt1:
		v, err := m.uint(1)
		return pushed(m, int64(v), err)
	case opBinInt2:
		v, err := m.uint(2)
		return pushed(m, int64(v), err)
	case opLong1:
		b, err := m.counted(1)
		return pushed(m, integer(b), err)
	case opBinFloat:
		b, err := m.bytes(8)
		if err != nil {
			return err
		}
		return m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))

	case opShortBinString:
		b, err := m.counted(1)
		return pushed(m, string(b), err)
	case opBinString:
		b, err := m.counted(4)
		return pushed(m, string(b), err)
	case opShortBinUnicode:
		s, err := m.text(1)
		return pushed(m, s, err)
	case opBinUnicode:
		s, err := m.text(4)
		return pushed(m, s, err)
	case opBinUnicode8:
		s, err := m.text(8)
		return pushed(m, s, err)
	case opShortBinBytes:
		b, err := m.counted(1)
		return pushed(m, Bytes(b), err)
	case opBinBytes:
		b, err := m.counted(4)
		return pushed(m, Bytes(b), err)
	case opBinBytes8, opByteArray8:
		b, err := m.counted(8)
		return pushed(m, Bytes(b), err)

	case opEmptyTuple:
		return m.push(Tuple{})
	case opTuple1, opTuple2, opTuple3:
		items, err := m.popN(int(op) - opTuple1 + 1)
		return pushed(m, Tuple(slices.Clone(items)), err)
	case opTuple:
		items, err := m.popMark()
		return pushed(m, Tuple(slices.Clone(items)), err)
	case opEmptyList:
		return m.push(&List{})
	case opList:
		items, err := m.popMark()
		return pushed(m, &List{Items: slices.Clone(items)}, err)
	case opAppend:
		items, err := m.popN(1)
		return m.extend(items, err)
	case opAppends:
		items, err := m.popMark()
		return m.extend(items, err)
	case opEmptyDict:
		return m.push(&Dict{})
	case opDict:
		items, err := m.popMark()
		if err != nil {
			return err
		}
		d := &Dict{}
		if err := setAll(d, items); err != nil {
			return err
		}
		return m.push(d)
	case opSetItem:
		items, err := m.popN(2)
		return m.update(items, err)
	case opSetItems:
		items, err := m.popMark()
		return m.update(items, err)

	case opMark:
		m.marks = append(m.marks, len(m.stack))
		return nil
	case opPop:
		_, err := m.pop()
		return err
	case opPopMark:
		_, err := m.popMark()
		return err
	case opDup:
		v, err := m.top()
		return pushed(m, v, err)
	case opMemoize:
		return m.remember(uint64(len(m.memo)), nil)
	case opBinPut:
		i, err := m.uint(1)
		return m.remember(i, err)
	case opLongBinPut:
		i, err := m.uint(4)
		return m.remember(i, err)
	case opBinGet:
		i, err := m.uint(1)
		return m.recall(i, err)
	case opLongBinGet:
		i, err := m.uint(4)
		return m.recall(i, err)

	case opGlobal, opStackGlobal:
		return m.global(op)
	case opBinPersID:
		return m.persistent()
	case opReduce, opNewObj:
		return m.call()
	case opBuild:
		return m.build()
	}
	return fmt.Errorf("instruction 0x%02x is not supported (protocols 2 to 5, plain data)", op)
}

// pushed pushes what was just read, if it was.
func pushed[T any](m *machine, v T, err error) error {
	if err != nil {
		return err
	}
	return m.push(v)
}

func (m *machine) extend(items []any, err error) error {
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	l, ok := v.(*List)
	if !ok {
		return fmt.Errorf("append to a %s", TypeName(v))
	}
	l.Items = append(l.Items, items...)
	return nil
}

func (m *machine) update(items []any, err error) error {
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	d, ok := v.(*Dict)
	if !ok {
		return fmt.Errorf("set an item of a %s", TypeName(v))
	}
	return setAll(d, items)
}

func setAll(d *Dict, items []any) error {
	if len(items)%2 != 0 {
		return errors.New("a dict's key without a value")
	}
	for i := 0; i < len(items); i += 2 {
		if err := d.set(items[i], items[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) remember(i uint64, err error) error {
	if err != nil {
		return err
	}
	v, err := m.top()
	if err == nil {
		m.memo[uint32(i)] = v
	}
	return err
}

func (m *machine) recall(i uint64, err error) error {
	if err != nil {
		return err
	}
	v, ok := m.memo[uint32(i)]
	if !ok {
		return fmt.Errorf("nothing is remembered as %d", i)
	}
	return m.push(v)
}
