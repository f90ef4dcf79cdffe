package export

import (
	"io"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/atomicfile"
	"aeprobe/internal/protobuf"
)

// What an ONNX file says that it needs. Both are old enough for any runtime since
// 2022, and have all operators that layers need.
const (
	onnxIRVersion = 8
	onnxOpset     = 17
)

// The names of an ONNX file's input and outputs, the last two of a classifier's
// alone.
const (
	imagesName          = "images"
	mapsName            = "maps"
	reconstructionsName = "reconstructions"
	featuresName        = "features"
	logitsName          = "logits"
)

// WriteONNX writes the network with its weights, as atomicfile.Write does. The input
// is images, float32 [N, C, H, W] from 0 to 1 for any N. The outputs, float32, are
// maps (the encoder's, [N, C, H, W]) and reconstructions (the decoder's, as images)
// and, of a classifier, features (what its linear layer reads, [N, F]) and logits
// ([N, classes]). It fails where Check does.
func WriteONNX(path string, n *Network) error {
	if err := n.Check(); err != nil {
		return err
	}
	m := n.onnx()
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(m)
		return err
	})
}

// onnx is the network as a ModelProto.
func (n *Network) onnx() (m protobuf.Message) {
	m.Int(1, onnxIRVersion)
	m.Text(2, "aeprobe")
	m.Message(7, n.graphProto)
	m.Message(8, func(m *protobuf.Message) { m.Int(2, onnxOpset) })
	return m
}

func (n *Network) graphProto(m *protobuf.Message) {
	g := &graph{network: n, has: map[string]bool{}}
	encoder, _, _ := n.Model.Shapes(n.Image) // checked
	mapShape := encoder[len(encoder)-1]

	outputs := []onnxValue{{mapsName, mapShape[:]}, {reconstructionsName, n.Image[:]}}
	maps := g.sequence(config.Encoder, n.Model.Encoder, n.Image, imagesName)
	layer, readsLayer := config.DecoderLayer(n.Reads)
	read, decoded := maps, maps
	eachLayer(n.Model.Decoder, mapShape, func(place int, l config.Layer, in, out [3]int) {
		decoded = g.layer(layerName(config.Decoder, place), l, in, out, decoded)
		if readsLayer && place == layer {
			read = decoded
		}
	})
	g.node("Identity", mapsName, []string{maps})
	g.node("Identity", reconstructionsName, []string{decoded})
	if n.Classes > 0 {
		if n.Reads == config.ReadsReconstruction {
			g.again = "again."
			read = g.sequence(config.Encoder, n.Model.Encoder, n.Image, decoded)
			g.again = ""
		}
		features := g.pool(n.Model.Pool, read)
		g.node("Gemm", logitsName, []string{features, g.weight(config.Head + ".weight"), g.weight(config.Head + ".bias")}, integer("transB", 1))
		outputs = append(outputs, onnxValue{featuresName, []int{n.Model.ClassifierFeatures(n.Reads, n.Image)}}, onnxValue{logitsName, []int{n.Classes}})
	}
	*m = append(*m, g.nodes...)
	m.Text(2, strings.ToValidUTF8(n.Name, "?"))
	*m = append(*m, g.tensors...)
	m.Message(11, onnxValue{imagesName, n.Image[:]}.write)
	for _, o := range outputs {
		m.Message(12, o.write)
	}
}

// pool makes features of maps, as config.Model.Pool names it.
func (g *graph) pool(pool, maps string) string {
	if op := map[string]string{"avg": "GlobalAveragePool", "max": "GlobalMaxPool"}[pool]; op != "" {
		maps = g.node(op, "pool", []string{maps})
	}
	return g.node("Flatten", featuresName, []string{maps}, integer("axis", 1))
}

// onnxValue is a ValueInfoProto of float32 [N, shape...].
type onnxValue struct {
	name  string
	shape []int
}

func (v onnxValue) write(m *protobuf.Message) {
	m.Text(1, v.name)
	m.Message(2, func(m *protobuf.Message) {
		m.Message(1, func(m *protobuf.Message) {
			m.Int(1, onnxFloat)
			m.Message(2, func(m *protobuf.Message) {
				m.Message(1, func(m *protobuf.Message) { m.Text(2, "N") })
				for _, d := range v.shape {
					m.Message(1, func(m *protobuf.Message) { m.Int(1, d) })
				}
			})
		})
	})
}
