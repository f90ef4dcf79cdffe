package vision

// The opcodes, named as in python's pickletools.
const (
	opMark            = '('
	opStop            = '.'
	opPop             = '0'
	opPopMark         = '1'
	opDup             = '2'
	opProto           = 0x80
	opFrame           = 0x95
	opNone            = 'N'
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opBinInt          = 'J'
	opBinInt1         = 'K'
	opBinInt2         = 'M'
	opLong1           = 0x8a
	opShortBinString  = 'U'
	opBinString       = 'T'
	opShortBinBytes   = 'C'
	opBinBytes        = 'B'
	opBinBytes8       = 0x8e
	opByteArray8      = 0x96
	opShortBinUnicode = 0x8c
	opBinUnicode      = 'X'
	opBinUnicode8     = 0x8d
	opEmptyTuple      = ')'
	opTuple           = 't'
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opEmptyList       = ']'
	opAppend          = 'a'
	opAppends         = 'e'
	opEmptyDict       = '}'
	opSetItem         = 's'
	opSetItems        = 'u'
	opBinPut          = 'q'
	opLongBinPut      = 'r'
	opMemoize         = 0x94
	opBinGet          = 'h'
	opLongBinGet      = 'j'
	opGlobal          = 'c'
	opStackGlobal     = 0x93
	opReduce          = 'R'
	opBuild           = 'b'
)

// step does one opcode.
func (u *unpickler) step(op byte) error {
	switch op {
	case opProto:
		return u.protocol()
	case opFrame:
		// A frame only tells a reader how much to buffer.
		_, err := u.take(8)
		return err

	case opNone:
		u.push(nil)
	case opNewTrue, opNewFalse:
		u.push(op == opNewTrue)
	case opBinInt1:
		return u.pushInt(1)
	case opBinInt2:
		return u.pushInt(2)
	case opBinInt:
		return u.pushInt(4)
	case opLong1:
		return u.pushLong()

	case opShortBinString, opShortBinBytes:
		return u.pushBlob(1)
	case opBinString, opBinBytes:
		return u.pushBlob(4)
	case opBinBytes8, opByteArray8:
		return u.pushBlob(8)
	case opShortBinUnicode:
		return u.pushText(1)
	case opBinUnicode:
		return u.pushText(4)
	case opBinUnicode8:
		return u.pushText(8)

	case opMark:
		u.marks = append(u.marks, len(u.stack))
	case opPop:
		_, err := u.pop()
		return err
	case opPopMark:
		_, err := u.popMark()
		return err
	case opDup:
		v, err := u.top()
		u.push(v)
		return err

	case opEmptyTuple:
		u.push(tuple(nil))
	case opTuple1, opTuple2, opTuple3:
		return u.pushTuple(u.popN(int(op-opTuple1) + 1))
	case opTuple:
		return u.pushTuple(u.popMark())
	case opEmptyList:
		u.push(&list{})
	case opAppend:
		return u.extend(u.popN(1))
	case opAppends:
		return u.extend(u.popMark())
	case opEmptyDict:
		u.push(&dict{})
	case opSetItem:
		return u.extend(u.popN(2))
	case opSetItems:
		return u.extend(u.popMark())

	case opMemoize:
		return u.put(uint64(len(u.memo)), nil)
	case opBinPut:
		return u.put(u.number(1))
	case opLongBinPut:
		return u.put(u.number(4))
	case opBinGet:
		return u.get(u.number(1))
	case opLongBinGet:
		return u.get(u.number(4))

	case opGlobal:
		return u.global()
	case opStackGlobal:
		return u.stackGlobal()
	case opReduce:
		return u.reduce()
	case opBuild:
		return u.build()

	default:
		return u.fault("opcode 0x%02x is not one that a batch needs", op)
	}
	return nil
}

func (u *unpickler) protocol() error {
	version, err := u.number(1)
	if err == nil && (version < 2 || version > 5) {
		err = u.fault("pickle protocol %d is not one of 2 to 5", version)
	}
	return err
}

// pushInt pushes an integer of 1, 2 or 4 bytes; that of 4 is signed.
func (u *unpickler) pushInt(bytes int) error {
	v, err := u.number(bytes)
	if bytes == 4 {
		v = uint64(int32(v))
	}
	u.push(integer{int64(v), u.at})
	return err
}

// pushLong pushes a two's complement integer of as many bytes as it says.
func (u *unpickler) pushLong() error {
	b, err := u.counted(1)
	if err != nil {
		return err
	}
	if len(b) > 8 {
		return u.fault("the pickle has an integer of %d bytes", len(b))
	}
	var v int64
	for i, c := range b {
		if i == len(b)-1 {
			v |= int64(int8(c)) << (8 * i)
		} else {
			v |= int64(c) << (8 * i)
		}
	}
	u.push(integer{v, u.at})
	return nil
}

func (u *unpickler) pushBlob(lengthBytes int) error {
	b, err := u.counted(lengthBytes)
	u.push(blob(b))
	return err
}

func (u *unpickler) pushText(lengthBytes int) error {
	b, err := u.counted(lengthBytes)
	u.push(text(b))
	return err
}

func (u *unpickler) pushTuple(items []any, err error) error {
	u.push(append(tuple(nil), items...))
	return err
}

// extend adds items to the list or the dict below them.
func (u *unpickler) extend(items []any, err error) error {
	if err != nil {
		return err
	}
	below, err := u.top()
	if err != nil {
		return err
	}
	switch below := below.(type) {
	case *list:
		below.items = append(below.items, items...)
	case *dict:
		if len(items)%2 != 0 {
			return u.fault("the pickle has a key without a value")
		}
		below.items = append(below.items, items...)
	default:
		return u.fault("the pickle adds to what is neither a list nor a dict")
	}
	return nil
}

func (u *unpickler) put(key uint64, err error) error {
	if err != nil {
		return err
	}
	v, err := u.top()
	u.memo[uint32(key)] = v
	return err
}

func (u *unpickler) get(key uint64, err error) error {
	if err != nil {
		return err
	}
	v, ok := u.memo[uint32(key)]
	if !ok {
		return u.fault("the pickle refers to part %d, which is not there", key)
	}
	u.push(v)
	return nil
}
