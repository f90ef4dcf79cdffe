package tensorboard

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"aeprobe/internal/protobuf"
)

// Field numbers are those of the hparams plugin's plugin_data.proto.

// Began says with which hyper-parameters a training was begun: strings, bools, ints
// and float64s by name. TensorBoard takes trainings of one group, in different
// folders, for repeats of each other.
func Began(at time.Time, group string, parameters map[string]any) []byte {
	return hparams(at, "_hparams_/session_start_info", 3, func(m *protobuf.Message) {
		for _, name := range slices.Sorted(maps.Keys(parameters)) {
			m.Message(1, func(m *protobuf.Message) {
				m.Text(1, name)
				m.Message(2, func(m *protobuf.Message) { valueProto(m, parameters[name]) })
			})
		}
		m.Text(4, group)
		m.Double(5, float64(at.UnixMicro())/1e6)
	})
}

// valueProto is a google.protobuf.Value.
func valueProto(m *protobuf.Message, value any) {
	switch v := value.(type) {
	case bool:
		m.Bool(4, v)
	case int:
		m.Double(2, float64(v))
	case uint64:
		m.Double(2, float64(v))
	case float64:
		m.Double(2, v)
	default:
		m.Text(3, fmt.Sprint(v))
	}
}

// Ended says that a training is finished.
func Ended(at time.Time) []byte {
	return hparams(at, "_hparams_/session_end_info", 4, func(m *protobuf.Message) {
		m.Int(1, 1) // success
		m.Double(2, float64(at.UnixMicro())/1e6)
	})
}

// hparams is the record of a HParamsPluginData with the given field.
func hparams(at time.Time, tag string, field int, write func(m *protobuf.Message)) []byte {
	var content protobuf.Message
	content.Message(field, write)
	return summary(Moment{Time: at}, func(m *protobuf.Message) {
		m.Message(1, func(m *protobuf.Message) {
			m.Text(1, tag)
			m.Message(8, func(m *protobuf.Message) { // the plugin's empty tensor
				m.Int(1, 1)
				m.Message(2, func(m *protobuf.Message) { m.Message(2, func(*protobuf.Message) {}) })
			})
			m.Message(9, func(m *protobuf.Message) {
				m.Message(1, func(m *protobuf.Message) {
					m.Text(1, "hparams")
					m.Bytes(2, content)
				})
			})
		})
	})
}
