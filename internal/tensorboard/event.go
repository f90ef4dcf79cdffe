package tensorboard

import (
	"bytes"
	"image"
	"image/png"
	"maps"
	"slices"
	"time"

	"aeprobe/internal/protobuf"
)

// Field numbers are those of TensorFlow's event.proto and summary.proto.

// Moment is when an event happened.
type Moment struct {
	// Step is what TensorBoard draws over: the epoch.
	Step int
	Time time.Time
}

// event is the record of an Event whose other fields write appends.
func event(at Moment, write func(m *protobuf.Message)) []byte {
	var m protobuf.Message
	m.Double(1, float64(at.Time.UnixMicro())/1e6)
	if at.Step != 0 { // as TensorBoard writes it
		m.Int(2, at.Step)
	}
	write(&m)
	return record(m)
}

// summary is the record of an event with the values that write appends.
func summary(at Moment, write func(m *protobuf.Message)) []byte {
	return event(at, func(m *protobuf.Message) { m.Message(5, write) })
}

// Version begins a file.
func Version(at time.Time) []byte {
	return event(Moment{Time: at}, func(m *protobuf.Message) { m.Text(3, "brain.Event:2") })
}

// Scalars are numbers by their tags, such as "loss/train"; they may be NaN.
func Scalars(at Moment, values map[string]float64) []byte {
	return summary(at, func(m *protobuf.Message) {
		for _, tag := range slices.Sorted(maps.Keys(values)) {
			m.Message(1, func(m *protobuf.Message) {
				m.Text(1, tag)
				m.Float(2, float32(values[tag]))
			})
		}
	})
}

// Image is a picture.
func Image(at Moment, tag string, img image.Image) ([]byte, error) {
	encoded, err := encodePNG(img)
	if err != nil {
		return nil, err
	}
	return summary(at, func(m *protobuf.Message) {
		m.Message(1, func(m *protobuf.Message) {
			m.Text(1, tag)
			m.Message(4, func(m *protobuf.Message) {
				m.Int(1, img.Bounds().Dy())
				m.Int(2, img.Bounds().Dx())
				m.Int(3, 3) // RGB
				m.Bytes(4, encoded)
			})
		})
	}), nil
}

func encodePNG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}
