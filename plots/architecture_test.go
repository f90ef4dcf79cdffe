package plots

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

var (
	image32 = [3]int{3, 32, 32}
	encoder = []Block{
		{"Conv2d 3→12, k4 s2 p1", "ReLU", [3]int{12, 16, 16}},
		{"Conv2d 12→24, k4 s2 p1", "ReLU", [3]int{24, 8, 8}},
		{"Conv2d 24→48, k4 s2 p1", "ReLU", [3]int{48, 4, 4}},
	}
	decoder = []Block{
		{"ConvTranspose2d 48→24, k4 s2 p1", "ReLU", [3]int{24, 8, 8}},
		{"ConvTranspose2d 24→12, k4 s2 p1", "ReLU", [3]int{12, 16, 16}},
		{"ConvTranspose2d 12→3, k4 s2 p1", "Sigmoid", [3]int{3, 32, 32}},
	}
	linear = &Block{Label: "global average pooling, Linear 48→10", Shape: [3]int{10, 1, 1}}
)

func TestArchitecture(t *testing.T) {
	f, err := Architecture("Auto-encoder and linear classifier", image32, encoder, decoder, linear)
	if err != nil {
		t.Fatal(err)
	}
	checkLayout(t, f)
	checkGolden(t, "architecture", f)
}

func TestArchitectureErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		input            [3]int
		encoder, decoder []Block
		classifier       *Block
		words            []string
	}{
		"no encoder": {image32, nil, decoder, nil, []string{"no blocks"}},
		"input":      {[3]int{3, 0, 32}, encoder, decoder, nil, []string{`"input"`, "[3 0 32]"}},
		"block":      {image32, encoder, []Block{{Label: "bad", Shape: [3]int{3, 32, -1}}}, nil, []string{`"bad"`, "[3 32 -1]"}},
		"classifier": {image32, encoder, decoder, &Block{Label: "Linear"}, []string{`"Linear"`, "[0 0 0]"}},
	} {
		_, err := Architecture("Networks", tt.input, tt.encoder, tt.decoder, tt.classifier)
		wantError(t, name, err, append(tt.words, `architecture "Networks"`)...)
	}
}

// Whatever the layers, labels neither overlap nor leave the page.
func TestArchitectureLayout(t *testing.T) {
	block := rapid.Custom(func(t *rapid.T) Block {
		size := rapid.SampledFrom([]int{1, 2, 7, 32, 224, 1024})
		return Block{
			Label: fmt.Sprintf("%s %d→%d, k%d s2 p1",
				rapid.SampledFrom([]string{"Conv2d", "ConvTranspose2d", "AVeryLongNameOfAModuleThatIsWrapped", ""}).Draw(t, "type"),
				size.Draw(t, "in"), size.Draw(t, "out"), size.Draw(t, "kernel")),
			Activation: rapid.SampledFrom([]string{"", "ReLU", "LeakyReLU with a negative slope of 0.01"}).Draw(t, "activation"),
			Shape:      [3]int{size.Draw(t, "channels"), size.Draw(t, "rows"), size.Draw(t, "columns")},
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		encoder := rapid.SliceOfN(block, 1, 6).Draw(t, "encoder")
		decoder := rapid.SliceOfN(block, 0, 6).Draw(t, "decoder")
		var classifier *Block
		if rapid.Bool().Draw(t, "with classifier") {
			b := block.Draw(t, "classifier")
			classifier = &b
		}
		f, err := Architecture("Networks", block.Draw(t, "input").Shape, encoder, decoder, classifier)
		if err != nil {
			t.Fatal(err)
		}
		checkLayout(t, f)
	})
}
