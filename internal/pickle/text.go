package pickle

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The instructions of protocol 0, whose values are lines of text. Python 2
// writes some of them under protocol 2 too: an int of more than 32 bits is
// I94249159820320\n.

// maxDigits is the length of the longest integer read as text, Python's own
// limit. Reading one takes the square of its length.
const maxDigits = 4300

func (m *machine) textual(op byte) error {
	text, err := m.line()
	if err != nil {
		return err
	}
	switch op {
	case opInt:
		switch text {
		case "00":
			return m.push(false)
		case "01":
			return m.push(true)
		}
		return m.decimal(text)
	case opLong:
		return m.decimal(strings.TrimSuffix(text, "L"))
	case opFloat:
		f, err := strconv.ParseFloat(text, 64)
		if errors.Is(err, strconv.ErrRange) {
			err = nil // an infinity or 0, as in Python
		}
		if err != nil {
			return fmt.Errorf("%.40q is not a float", text)
		}
		return m.scalar(f, nil)
	case opString:
		b, err := unquote(text)
		return m.str(b, err)
	default:
		b, err := unescape(text)
		return m.str(b, err)
	}
}

// decimal pushes an int.
func (m *machine) decimal(text string) error {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return m.scalar(i, nil)
	}
	if len(text) > maxDigits {
		return fmt.Errorf("an int of %d digits", len(text))
	}
	if err := m.spend(8*stringMemory + 8*len(text)); err != nil {
		return err
	}
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return fmt.Errorf("%.40q is not an int", text)
	}
	return m.push(n)
}

// number is a line with an index of the memo.
func (m *machine) number() (uint64, error) {
	text, err := m.line()
	if err != nil {
		return 0, err
	}
	i, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%.40q is not an index of the memo", text)
	}
	return i, nil
}

// unquote is the bytes of a str as Python 2's repr writes them.
func unquote(text string) ([]byte, error) {
	if len(text) < 2 || text[0] != '\'' && text[0] != '"' || text[len(text)-1] != text[0] {
		return nil, errors.New("a str without quotes")
	}
	text = text[1 : len(text)-1]
	b := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b = append(b, text[i])
			continue
		}
		i++
		switch text[i] {
		case '\\', '\'', '"':
			b = append(b, text[i])
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'x':
			v, err := hexadecimal(text[i+1:], 2)
			if err != nil {
				return nil, err
			}
			b = append(b, byte(v))
			i += 2
		default: // Python keeps the backslash too
			b = append(b, '\\', text[i])
		}
	}
	return b, nil
}

// unescape is the UTF-8 of what Python's raw-unicode-escape writes: a character
// for each byte, others as \uXXXX and \UXXXXXXXX.
func unescape(text string) ([]byte, error) {
	b := make([]byte, 0, len(text)*5/4)
	for i := 0; i < len(text); i++ {
		digits := 0
		if text[i] == '\\' && i+1 < len(text) {
			switch text[i+1] {
			case 'u':
				digits = 4
			case 'U':
				digits = 8
			}
		}
		if digits == 0 {
			b = utf8.AppendRune(b, rune(text[i]))
			continue
		}
		v, err := hexadecimal(text[i+2:], digits)
		if err != nil {
			return nil, err
		}
		b = utf8.AppendRune(b, rune(v)) // U+FFFD for half a surrogate pair
		i += 1 + digits
	}
	return b, nil
}

// hexadecimal is the number that the first digits of text are.
func hexadecimal(text string, digits int) (uint64, error) {
	if len(text) >= digits {
		if v, err := strconv.ParseUint(text[:digits], 16, 31); err == nil {
			return v, nil
		}
	}
	return 0, errors.New("a str with an incomplete escape")
}
