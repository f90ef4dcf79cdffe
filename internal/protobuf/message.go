// Package protobuf writes protocol buffers without generated code: the few messages
// of ONNX and TensorBoard that aeprobe writes are a line per field, with the numbers
// of the published .proto files.
package protobuf

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Message is an encoded message; methods append a field. A reader takes several of
// the same number for a repeated field.
type Message []byte

// Bool appends a bool.
func (m *Message) Bool(field int, value bool) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, protowire.Number(field), protowire.VarintType), protowire.EncodeBool(value))
}

// Int appends an int32, int64 or enum.
func (m *Message) Int(field, value int) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, protowire.Number(field), protowire.VarintType), uint64(value))
}

// Float appends a float.
func (m *Message) Float(field int, value float32) {
	*m = protowire.AppendFixed32(protowire.AppendTag(*m, protowire.Number(field), protowire.Fixed32Type), math.Float32bits(value))
}

// Double appends a double.
func (m *Message) Double(field int, value float64) {
	*m = protowire.AppendFixed64(protowire.AppendTag(*m, protowire.Number(field), protowire.Fixed64Type), math.Float64bits(value))
}

// Bytes appends bytes.
func (m *Message) Bytes(field int, value []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, protowire.Number(field), protowire.BytesType), value)
}

// Text appends a string, which must be valid UTF-8.
func (m *Message) Text(field int, value string) {
	*m = protowire.AppendString(protowire.AppendTag(*m, protowire.Number(field), protowire.BytesType), value)
}

// Message appends a message, whose fields write appends.
func (m *Message) Message(field int, write func(m *Message)) {
	var inner Message
	write(&inner)
	m.Bytes(field, inner)
}
