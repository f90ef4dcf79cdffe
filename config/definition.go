// Package config turns YAML into checked experiment definitions.
//
// A definition says everything that decides a report's numbers: the data, the
// networks, the auto-encoders and classifiers to train, and how they are
// tested. Where a report is computed (device, threads, folders) is not part of
// it.
package config

// Random is the name that stands for a freshly initialised encoder wherever
// a classifier names the auto-encoder its weights come from.
const Random = "random"

// Definition is one report.
type Definition struct {
	// Name names the run's folder: letters, digits, '.', '_' and '-', starting
	// with a letter or a digit. It defaults to the file's own name.
	Name string `yaml:"name" jsonschema:"pattern=^[A-Za-z0-9][A-Za-z0-9._-]*$,maxLength=100"`
	// Description is one line for people.
	Description string `yaml:"description,omitempty" jsonschema:"pattern=^[^\\x00-\\x1f\\x7f]*$,maxLength=500"`
	// Seed starts every experiment's own generator, as torch.manual_seed does.
	Seed uint64 `yaml:"seed" jsonschema:"minimum=0,maximum=18446744073709551615"`

	Data  Data  `yaml:"data"`
	Model Model `yaml:"model"`

	// Train holds what every experiment takes where it says nothing itself.
	Train Train `yaml:"train"`
	// Autoencoders by name: lower-case letters, digits, '_' and '-', starting
	// with a letter; not Random. Each one's Train is complete after Load.
	Autoencoders map[string]Autoencoder `yaml:"autoencoders"`
	// Classifiers by name (letters as for auto-encoders), one per row of the
	// table. Each one's Train is complete after Load.
	Classifiers map[string]Classifier `yaml:"classifiers"`

	Losses     Losses     `yaml:"losses,omitempty"`
	Features   Features   `yaml:"features"`
	Evaluate   Evaluate   `yaml:"evaluate"`
	Checkpoint Checkpoint `yaml:"checkpoint"`
	Precision  Precision  `yaml:"precision"`
	// Figures to draw, by name, in order.
	Figures []string `yaml:"figures" jsonschema:"uniqueItems=true"`
}

// Data says which images are used.
type Data struct {
	// Set is the name of one of Sets.
	Set string `yaml:"set"`
	// Train and Test limit the split to its first images; 0 means all of them.
	Train int `yaml:"train" jsonschema:"minimum=0,maximum=1000000000"`
	Test  int `yaml:"test" jsonschema:"minimum=0,maximum=1000000000"`
}

// Model is the network, layer for layer.
type Model struct {
	// Encoder and Decoder are the modules of two nn.Sequential: a layer's
	// place in its list is the number in its weights' names
	// (encoder.0.weight).
	Encoder []Layer `yaml:"encoder" jsonschema:"minItems=1,maxItems=1000"`
	Decoder []Layer `yaml:"decoder" jsonschema:"minItems=1,maxItems=1000"`
	// Pool makes the encoder's map [C, H, W] the classifier's input: avg or max
	// over the map give [C], flatten gives [C*H*W].
	Pool string `yaml:"pool"`
}

// Layer is one module.
type Layer struct {
	// Type is conv2d, conv_transpose2d, relu or sigmoid; the other fields
	// belong to the convolutions.
	Type string `yaml:"type" jsonschema:"required"`
	// Out is the number of output channels.
	Out int `yaml:"out,omitempty" jsonschema:"minimum=1,maximum=65536"`
	// Kernel and Stride are 1 or more, in pixels, the same both ways; Stride
	// defaults to 1.
	Kernel int `yaml:"kernel,omitempty" jsonschema:"minimum=1,maximum=1024"`
	Stride int `yaml:"stride,omitempty" jsonschema:"minimum=1,maximum=1024"`
	// Padding is 0 or more pixels on each side.
	Padding int `yaml:"padding,omitempty" jsonschema:"minimum=0,maximum=1024"`
	// OutputPadding belongs to conv_transpose2d and is smaller than Stride.
	OutputPadding int `yaml:"output_padding,omitempty" jsonschema:"minimum=0,maximum=1024"`
}

// Train is how one network is trained.
type Train struct {
	// Epochs is the number of passes over the training images, 1 or more.
	Epochs int `yaml:"epochs" jsonschema:"minimum=1,maximum=1000000000"`
	// Batch is the number of images in a step, 1 or more.
	Batch int `yaml:"batch" jsonschema:"minimum=1,maximum=1000000000"`
	// LearningRate is Adam's, above 0 and at most 1.
	LearningRate float64 `yaml:"learning_rate" jsonschema:"exclusiveMinimum=0,maximum=1"`
}

// Autoencoder is trained to reproduce its input.
type Autoencoder struct {
	// Loss is bce, l1 or mse.
	Loss  string `yaml:"loss"`
	Train `yaml:",inline"`
}

// Classifier is a linear layer on an encoder's pooled features.
type Classifier struct {
	// Encoder is where the encoder's weights come from: Random or the name of
	// one of the definition's auto-encoders.
	Encoder string `yaml:"encoder"`
	// Freeze keeps the encoder's weights as they are.
	Freeze bool `yaml:"freeze"`
	// Loss is cross_entropy, which also is the default.
	Loss  string `yaml:"loss"`
	Train `yaml:",inline"`
}

// Losses says how a loss is computed that has more than one form, wherever it
// is: in training, in tests and in eval. What was the only form before there
// was a choice is left out after Load, so that fingerprints keep.
type Losses struct {
	// BCE is clamped, the default, or exact. Clamped is PyTorch's
	// binary_cross_entropy, of the sigmoid in float32: where that is 0 or 1 a
	// pixel's loss is 100 at most and trains nothing. Exact is computed from
	// the logits: a loss has no bound and its gradient never ends. They differ
	// for logits below -27 and above 6. After Load clamped is "".
	BCE string `yaml:"bce,omitempty"`
}

// Features says what is kept of the encoders' maps.
type Features struct {
	// Images is how many training images' maps are stored and projected by
	// PCA, the first ones, 2 or more. In a file 0 stands for 10,000, or all
	// where there are fewer; after Load it is the number itself.
	Images int `yaml:"images" jsonschema:"minimum=0,maximum=1000000000"`
	// Components is the number of principal components kept, 2 or more.
	Components int `yaml:"components" jsonschema:"minimum=2,maximum=1000000000"`
}

// Evaluate says how the networks are tested.
type Evaluate struct {
	// Protocols to report, by name: first500, full.
	Protocols []string `yaml:"protocols" jsonschema:"minItems=1,uniqueItems=true"`
	// Every is the number of epochs between tests while training, 1 or more.
	// The last epoch is always tested.
	Every int `yaml:"every" jsonschema:"minimum=1,maximum=1000000000"`
}

// Checkpoint says how often a training run can be resumed from.
type Checkpoint struct {
	// Steps between checkpoints within an epoch, 0 for none; the end of an
	// epoch always is one.
	Steps int `yaml:"steps" jsonschema:"minimum=0,maximum=1000000000"`
}

// Precision says how exactly a GPU computes.
type Precision struct {
	// TF32 lets a GPU round what convolutions and matrix products multiply to
	// TF32, 10 bits of mantissa instead of 23, which is faster. It changes
	// nothing on the CPU.
	TF32 bool `yaml:"tf32"`
}
