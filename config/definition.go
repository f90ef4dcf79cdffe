// Package config turns YAML into checked experiment definitions.
//
// A definition determines a report's numbers: the data, the networks, the
// auto-encoders and classifiers to train, and how they are tested. Where the
// report is computed (device, threads, folders) is not part of it.
package config

// Random stands for a freshly initialized encoder where a classifier names the
// auto-encoder that its weights come from.
const Random = "random"

// Definition describes one report.
type Definition struct {
	// Name of the run directory: letters, digits, '.', '_' and '-', starting
	// with a letter or a digit. It defaults to the file's name.
	Name string `yaml:"name" jsonschema:"pattern=^[A-Za-z0-9][A-Za-z0-9._-]*$,maxLength=100"`
	// Description is one line of text for people.
	Description string `yaml:"description,omitempty" jsonschema:"pattern=^[^\\x00-\\x1f\\x7f]*$,maxLength=500"`
	// Seed of every experiment's generator, as in torch.manual_seed; 0 to
	// 4294967295, because libtorch uses no more than 32 bits of it.
	Seed uint64 `yaml:"seed" jsonschema:"minimum=0,maximum=4294967295"`

	// Seeds repeat all that is trained, and what a study measures of it; the
	// first is Seed. Empty for that one alone.
	Seeds []uint64 `yaml:"seeds,omitempty" jsonschema:"minItems=1,maxItems=1000,uniqueItems=true"`

	Data  Data  `yaml:"data"`
	Model Model `yaml:"model"`

	// Files are files of weights, by name, that trainings can start from and a study
	// can measure.
	Files map[string]File `yaml:"files,omitempty"`

	// Train holds the settings that experiments share unless they override
	// them.
	Train Train `yaml:"train"`
	// Autoencoders by name: lower-case letters, digits, '_' and '-', starting
	// with a letter; not "random". Load fills in each one's Train.
	Autoencoders map[string]Autoencoder `yaml:"autoencoders"`
	// Aggregations by name, with the same letters, other than those of
	// auto-encoders. Load fills in each one's Train.
	Aggregations map[string]Aggregation `yaml:"aggregations,omitempty"`
	// Classifiers by name, with the same letters, one per column of the table.
	// Load fills in each one's Train.
	Classifiers map[string]Classifier `yaml:"classifiers"`

	Numerics   Numerics   `yaml:"numerics,omitempty"`
	Features   Features   `yaml:"features"`
	Evaluate   Evaluate   `yaml:"evaluate"`
	Checkpoint Checkpoint `yaml:"checkpoint"`
	Precision  Precision  `yaml:"precision"`
	// Study measures what features know; nil for none.
	Study *Study `yaml:"study,omitempty"`
	// Figures to draw, by name and in order.
	Figures []string `yaml:"figures" jsonschema:"uniqueItems=true"`
}

// Data selects the images.
type Data struct {
	// Set is the name of a data set, as aeprobe data lists them: cifar10, folder or
	// synthetic, for example.
	Set string `yaml:"set"`
	// Train and Test are the numbers of images to use of each split, the first
	// ones; 0 means all.
	Train       int `yaml:"train" jsonschema:"minimum=0,maximum=1000000000"`
	Test        int `yaml:"test" jsonschema:"minimum=0,maximum=1000000000"`
	Preparation `yaml:",inline"`
}

// Model is the network, layer by layer.
type Model struct {
	// Encoder and Decoder are the modules of two nn.Sequential: a layer's index
	// in its list is the number in its weights' names (encoder.0.weight).
	Encoder []Layer `yaml:"encoder" jsonschema:"minItems=1,maxItems=1000"`
	Decoder []Layer `yaml:"decoder" jsonschema:"minItems=1,maxItems=1000"`
	// Pool turns the encoder's map [C, H, W] into the classifier's input: avg
	// and max over the map give [C], flatten gives [C*H*W].
	Pool string `yaml:"pool"`
}

// Layer is one module. Each type takes only some of the other fields.
type Layer struct {
	// Type is conv2d, conv_transpose2d, max_pool2d, avg_pool2d, upsample,
	// batch_norm2d, relu, sigmoid or residual.
	Type string `yaml:"type" jsonschema:"required"`
	// Out is the number of a convolution's output channels.
	Out int `yaml:"out,omitempty" jsonschema:"minimum=1,maximum=65536"`
	// Kernel and Stride are 1 or more, in pixels, for height and width alike.
	// Stride defaults to 1, and to Kernel for a pool; a residual block has that of
	// its shortcut pad or conv.
	Kernel int `yaml:"kernel,omitempty" jsonschema:"minimum=1,maximum=1024"`
	Stride int `yaml:"stride,omitempty" jsonschema:"minimum=1,maximum=1024"`
	// Padding on each side in pixels, 0 or more.
	Padding int `yaml:"padding,omitempty" jsonschema:"minimum=0,maximum=1024"`
	// OutputPadding of a conv_transpose2d in pixels, less than Stride.
	OutputPadding int `yaml:"output_padding,omitempty" jsonschema:"minimum=0,maximum=1024"`
	// Bias is false for a convolution without one, and true if left out.
	Bias *bool `yaml:"bias,omitempty"`
	// Scale is how many times as high and wide upsample, or the shortcut upsample,
	// makes its input, by repeating pixels; 2, if left out.
	Scale int `yaml:"scale,omitempty" jsonschema:"minimum=1,maximum=64"`
	// Layers of a residual block, whose output is a ReLU of theirs plus the
	// shortcut.
	Layers []Layer `yaml:"layers,omitempty" jsonschema:"minItems=1,maxItems=100"`
	// Shortcut of a residual block: identity, the default; pad, every Stride-th
	// pixel and channels of zeros; conv, a 1x1 convolution with Stride and a batch
	// norm; upsample, that after an enlargement by Scale.
	Shortcut string `yaml:"shortcut,omitempty"`
}

// HasBias reports whether a convolution adds a bias.
func (l Layer) HasBias() bool { return l.Bias == nil || *l.Bias }

// Autoencoder is trained to reproduce its input.
type Autoencoder struct {
	// Loss is bce, l1 or mse: short for losses with the weight 1.
	Loss string `yaml:"loss,omitempty"`
	// Losses is a weighted sum of these losses, instead of Loss.
	Losses LossSum `yaml:"losses,omitempty"`
	// Noise makes it a denoising auto-encoder: the standard deviation of the
	// Gaussian noise that is added to the input alone, where 1 is the step from
	// black to white; 0, the default, for none. Noisy values are clamped to [0, 1].
	Noise float64 `yaml:"noise,omitempty" jsonschema:"minimum=0,maximum=10"`
	// Encoder is the source of the initial weights: random, the default, or the name
	// of one of the definition's files, whose decoder is taken too if it has one.
	Encoder string `yaml:"encoder,omitempty"`
	// Without names classes whose images it is not trained on.
	Without []string `yaml:"without,omitempty" jsonschema:"uniqueItems=true"`
	// Data are the images that it is trained on, instead of the definition's.
	Data  *Pretraining `yaml:"data,omitempty"`
	Train `yaml:",inline"`
}

// Classifier predicts classes from an encoder's pooled features.
type Classifier struct {
	// Encoder is the source of the initial weights of encoder and decoder:
	// "random" or the name of one of the definition's auto-encoders, aggregations or
	// files.
	Encoder string `yaml:"encoder"`
	// Linear is the name of the file that the linear layer's initial weights come
	// from; they are random, if left out.
	Linear string `yaml:"linear,omitempty"`
	// Probe is how classes are predicted: linear, the default, is a linear layer
	// trained on the features; nearest_mean takes the class with the nearest
	// mean, trains nothing, and has none of the settings of a training.
	Probe string `yaml:"probe,omitempty"`
	// Freeze is short for trains: true for [classifier], false for [encoder,
	// classifier].
	Freeze *bool `yaml:"freeze,omitempty"`
	// Trains are the parts whose weights are trained, instead of Freeze:
	// encoder, decoder, classifier.
	Trains []string `yaml:"trains,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	// Loss is cross_entropy, the default.
	Loss string `yaml:"loss,omitempty"`
	// Losses is a weighted sum of cross_entropy, bce, l1 and mse, instead of
	// Loss.
	Losses LossSum `yaml:"losses,omitempty"`
	// Classify is what the classifier reads: encoder, the default, is the
	// encoder's map; detached is the same, but no loss of the classifier reaches
	// the encoder; reconstruction is the encoder's map of the decoded image;
	// decoder.N is what the decoder's layer N gives.
	Classify string `yaml:"classify,omitempty" jsonschema:"pattern=^(encoder|detached|reconstruction|decoder[.](0|[1-9][0-9]*))$"`
	// Alternate takes steps on the losses in turn, each with an optimizer of its
	// own, instead of steps on their sum.
	Alternate bool `yaml:"alternate,omitempty"`
	Train     `yaml:",inline"`
}

// Numerics chooses between forms of a computation, for training and tests alike.
// Load leaves the default out, so that fingerprints stay as they were before
// there was a choice.
type Numerics struct {
	// BCE is clamped, the default, or exact. Clamped is PyTorch's
	// binary_cross_entropy of the float32 sigmoid: where that is 0 or 1, a
	// pixel's loss is at most 100 and its gradient 0. Exact is computed from the
	// logits, with no bound and a gradient everywhere. They differ for logits
	// below -27 and above 6. After Load clamped is "".
	BCE string `yaml:"bce,omitempty" json:"bce,omitempty"`
}

// Features selects the encoders' maps to store and project.
type Features struct {
	// Images is the number of training images, the first ones; 2 or more. In a
	// file 0 stands for 10,000, or for all if there are fewer; Load replaces it
	// by the number.
	Images int `yaml:"images" jsonschema:"minimum=0,maximum=1000000000"`
	// Components is the number of coordinates of a projection, 2 or more.
	Components int `yaml:"components" jsonschema:"minimum=2,maximum=1000000000"`
	// Projections of the maps, by name: pca, the default, and tsne.
	Projections []string `yaml:"projections,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	TSNE        TSNE     `yaml:"tsne,omitempty"`
}

// Evaluate configures the tests.
type Evaluate struct {
	// Protocols to report, by name: first500 and full.
	Protocols []string `yaml:"protocols" jsonschema:"minItems=1,uniqueItems=true"`
	// Every is the number of epochs between tests during training, 1 or more.
	// The last epoch is always tested.
	Every int `yaml:"every" jsonschema:"minimum=1,maximum=1000000000"`
	// Gradients is the number of training batches, the first ones, over which
	// each of these tests compares the gradients, by the encoder's parameters, of
	// the losses of a sum; 0 for none.
	Gradients int `yaml:"gradients,omitempty" jsonschema:"minimum=0,maximum=1000000000"`
}

// Checkpoint configures how often training is saved.
type Checkpoint struct {
	// Steps between checkpoints within an epoch, 0 for none. There is one at
	// the end of each epoch, too, unless the one before it is less than a
	// second old.
	Steps int `yaml:"steps" jsonschema:"minimum=0,maximum=1000000000"`
}

// Precision configures rounding on a GPU.
type Precision struct {
	// TF32 lets a GPU round the inputs of convolutions and matrix products to
	// TF32, which has 10 bits of mantissa instead of 23 and is faster. It has
	// no effect on the CPU.
	TF32 bool `yaml:"tf32"`
	// BF16 makes encoders and decoders compute in bfloat16 in training, which has 8
	// bits of mantissa; weights, classifiers, losses and the optimizer stay float32,
	// as do tests and features. It has no effect on the CPU.
	BF16 bool `yaml:"bf16,omitempty"`
}
