package export

import (
	_ "embed"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/template"

	"aeprobe/config"
	"aeprobe/internal/atomicfile"
)

// This file writes a Python program. The rule: text that somebody else chose, such as
// a name, gets into it only as a literal by pythonLiteral, never into a comment.

//go:embed network.py.tmpl
var pythonText string

var pythonTemplate = template.Must(template.New("network.py").Parse(pythonText))

// Script is what a Python program says besides the network.
type Script struct {
	// Name, Weights and Images are the names of the program, of the file that it
	// loads the weights from, and of the .npz with images and labels that it tests
	// them on, the latter two by their paths from the program's folder.
	Name, Weights, Images string
	// Data is what the images must be called, such as "modified CIFAR-10".
	Data string
	// CIFAR10 tells that the images are CIFAR-10's, in their order.
	CIFAR10 bool
	// TestImages is how many images were tested, the first ones, and Measured what
	// was found on them: means by the names of metrics.Scores, the accuracy in
	// percent. They are 0 and empty where nothing is known.
	TestImages int
	Measured   map[string]float64
	// SHA256 is that of those images, uint8, and of their labels after them, int64 and
	// little endian, in hexadecimal: only beside numbers for them does the program
	// print what was measured.
	SHA256 string
}

// WritePython writes a program that builds the network with torch.nn, loads its
// weights and tests it, as atomicfile.Write does. It fails where Check does.
func WritePython(path string, n *Network, s Script) error {
	if err := n.Check(); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return n.python(w, s) })
}

func (n *Network) python(w io.Writer, s Script) error {
	maps := eachLayer(n.Model.Encoder, n.Image, func(int, config.Layer, [3]int, [3]int) {})
	isBlock := func(l config.Layer) bool { return l.Type == "residual" }
	return pythonTemplate.Execute(w, map[string]any{
		"Script": plainName(s.Name), "Images": plainName(s.Images), "Weights": plainName(s.Weights),
		"ImagesLiteral": pythonLiteral(s.Images), "WeightsLiteral": pythonLiteral(s.Weights),
		"CIFAR10":    s.CIFAR10 && n.Image == [3]int{3, 32, 32},
		"Residual":   n.uses(isBlock),
		"Pad":        n.uses(config.Layer.PadsShortcut),
		"ImageShape": fmt.Sprintf("[N, %d, %d, %d]", n.Image[0], n.Image[1], n.Image[2]),
		"Encoder":    pythonSequence(n.Model.Encoder, n.Image, 8),
		"Decoder":    pythonSequence(n.Model.Decoder, maps, 8),
		"Sigmoid":    n.Model.Decoder[len(n.Model.Decoder)-1].Type == "sigmoid",
		"Classes":    n.Classes,
		"Width":      n.Model.ClassifierFeatures(n.Reads, n.Image),
		"Read":       n.pythonRead(),
		"Pool": map[string]string{"avg": "maps.mean((2, 3))", "max": "maps.amax((2, 3))",
			"flatten": "maps.flatten(1)"}[n.Model.Pool],
		"Name":       pythonLiteral(n.Name),
		"Data":       pythonLiteral(s.Data),
		"TestImages": s.TestImages,
		"SHA256":     pythonLiteral(s.SHA256),
		"Measured":   pythonNumbers(s.Measured),
	})
}

// pythonRead is what the classifier reads, as a value of the class's methods.
func (n *Network) pythonRead() string {
	if layer, reads := config.DecoderLayer(n.Reads); reads {
		return fmt.Sprintf("self.decoder[:%d](self.encoder(images))", layer+1)
	}
	if n.Reads == config.ReadsReconstruction {
		return "self.encoder(self.reconstruct(images))"
	}
	return "self.encoder(images)"
}

// pythonSequence is an nn.Sequential for an input [C, H, W], whose closing bracket
// is indented by so many spaces.
func pythonSequence(list []config.Layer, in [3]int, indent int) string {
	lines := "nn.Sequential(\n"
	eachLayer(list, in, func(_ int, l config.Layer, in, out [3]int) {
		lines += strings.Repeat(" ", indent+4) + pythonLayer(l, in, out, indent+4) + ",\n"
	})
	return lines + strings.Repeat(" ", indent) + ")"
}

func pythonLayer(l config.Layer, in, out [3]int, indent int) string {
	if l.Type != "residual" {
		return layers[l.Type].python(l, in)
	}
	names, margin := l.LayerNames(), strings.Repeat(" ", indent+4)
	lines := "Residual(\n" + margin + "{\n"
	eachLayer(l.Layers, in, func(place int, inner config.Layer, in, out [3]int) {
		lines += fmt.Sprintf("%s    %q: %s,\n", margin, names[place], pythonLayer(inner, in, out, indent+8))
	})
	lines += margin + "},\n"
	switch shortcut := l.ShortcutLayers(out[0]); {
	case l.PadsShortcut():
		before := (out[0] - in[0]) / 2
		lines += fmt.Sprintf("%s%s=PadShortcut(%d, %d, %d),\n", margin, l.ShortcutName(), stride(l), before, out[0]-in[0]-before)
	case len(shortcut) > 0:
		lines += fmt.Sprintf("%s%s=%s,\n", margin, l.ShortcutName(), pythonSequence(shortcut, in, indent+4))
	}
	return lines + strings.Repeat(" ", indent) + ")"
}

// pythonNumbers is a dict of those that are finite.
func pythonNumbers(numbers map[string]float64) string {
	var items []string
	for name, v := range numbers {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			items = append(items, fmt.Sprintf("%s: %v", pythonLiteral(name), v))
		}
	}
	slices.Sort(items)
	return "{" + strings.Join(items, ", ") + "}"
}

// pythonLiteral is a string literal in printable ASCII: nothing in s ends it.
// Bytes that are no UTF-8 become question marks.
func pythonLiteral(s string) string {
	b := []byte{'"'}
	for _, r := range strings.ToValidUTF8(s, "?") {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= ' ' && r <= '~':
			b = append(b, byte(r))
		case r <= 0xffff:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = fmt.Appendf(b, `\U%08x`, r)
		}
	}
	return string(append(b, '"'))
}

// plainName is a file's name for the program's head, where it is no literal:
// characters that could end that are left out.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./", r) {
			return r
		}
		return -1
	}, s)
}
