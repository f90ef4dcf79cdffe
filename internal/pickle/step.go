package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
)

// step carries out one instruction.
func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		v, err := m.byte()
		if err == nil && v > 5 {
			err = fmt.Errorf("protocol %d; 0 to 5 are read", v)
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
		return m.scalar(int64(int32(v)), err)
	case opBinInt1: // the runtime has these
		v, err := m.uint(1)
		return pushed(m, int64(v), err)
	case opBinInt2:
		v, err := m.uint(2)
		return m.scalar(int64(v), err)
	case opLong1:
		b, err := m.counted(1)
		return m.integer(b, err)
	case opLong4:
		b, err := m.counted(4)
		return m.integer(b, err)
	case opBinFloat:
		b, err := m.bytes(8)
		if err != nil {
			return err
		}
		return m.scalar(math.Float64frombits(binary.BigEndian.Uint64(b)), nil)
	case opInt, opLong, opFloat, opString, opUnicode:
		return m.textual(op)

	case opShortBinString:
		b, err := m.counted(1)
		return m.str(b, err)
	case opBinString:
		b, err := m.counted(4)
		return m.str(b, err)
	case opShortBinUnicode:
		return m.unicode(1)
	case opBinUnicode:
		return m.unicode(4)
	case opBinUnicode8:
		return m.unicode(8)
	case opShortBinBytes:
		b, err := m.counted(1)
		return m.scalar(Bytes(b), err)
	case opBinBytes:
		b, err := m.counted(4)
		return m.scalar(Bytes(b), err)
	case opBinBytes8, opByteArray8:
		b, err := m.counted(8)
		return m.scalar(Bytes(b), err)

	case opGlobal, opStackGlobal:
		return m.global(op)
	case opBinPersID:
		return m.persistent()
	case opReduce, opNewObj:
		return m.reduce()
	case opNewObjEx:
		return m.reduceKeywords()
	case opObj, opInst:
		return m.marked(op)
	case opBuild:
		return m.build()
	}
	return m.stepCollection(op)
}

// stepCollection carries out the instructions that make tuples, lists, dicts
// and sets, and those of the stack and the memo.
func (m *machine) stepCollection(op byte) error {
	switch op {
	case opEmptyTuple:
		return m.tuple(nil, nil)
	case opTuple1, opTuple2, opTuple3:
		return m.tuple(m.popN(int(op) - opTuple1 + 1))
	case opTuple:
		return m.tuple(m.popMark())
	case opEmptyList:
		return m.list(nil, nil)
	case opList:
		return m.list(m.popMark())
	case opAppend:
		return m.extend(m.popN(1))
	case opAppends, opAddItems:
		return m.extend(m.popMark())
	case opEmptyDict:
		return m.dict(nil, nil)
	case opDict:
		return m.dict(m.popMark())
	case opSetItem:
		return m.update(m.popN(2))
	case opSetItems:
		return m.update(m.popMark())
	case opEmptySet:
		return m.push(set)
	case opFrozenSet:
		_, err := m.popMark()
		return pushed(m, set, err)

	case opMark:
		marks, err := grown(m, m.marks, 1)
		if err == nil {
			m.marks = append(marks, len(m.stack))
		}
		return err
	case opPop:
		return m.drop()
	case opPopMark:
		_, err := m.popMark()
		return err
	case opDup:
		v, err := m.top()
		return pushed(m, v, err)
	case opMemoize:
		return m.remember(uint64(m.remembered), nil)
	case opBinPut:
		return m.remember(m.uint(1))
	case opLongBinPut:
		return m.remember(m.uint(4))
	case opPut:
		return m.remember(m.number())
	case opBinGet:
		return m.recall(m.uint(1))
	case opLongBinGet:
		return m.recall(m.uint(4))
	case opGet:
		return m.recall(m.number())
	}
	return fmt.Errorf("instruction 0x%02x is not supported (protocols 0 to 5, plain data)", op)
}

// set is what sets are decoded to.
var set = &Opaque{"builtins", "set"}
