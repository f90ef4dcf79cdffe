package config

// What a definition can name. A new one is a line here and a run of
// go generate ./config; its work is done by the package that knows how.
var (
	// AutoencoderLosses compare an image with its reconstruction.
	AutoencoderLosses = []string{"bce", "l1", "mse"}
	// ClassifierLosses compare class scores with a label.
	ClassifierLosses = []string{"cross_entropy"}
	// BCEForms are how the loss bce can be computed; the first is the default.
	BCEForms = []string{BCEClamped, BCEExact}
	// LayerTypes are the modules a network is made of.
	LayerTypes = []string{"conv2d", "conv_transpose2d", "relu", "sigmoid"}
	// Pools make an encoder's map a classifier's input.
	Pools = []string{"avg", "max", "flatten"}
	// Figures of a report, in the order they are shown.
	Figures = []string{"architecture", "reconstructions", "pca", "loss-curves", "decoded", "autoencoder-losses", "confusion"}
	// Sets are the data sets.
	Sets = []Set{
		{Name: "cifar10", Image: [3]int{3, 32, 32}, Classes: 10, Train: 50000, Test: 10000},
		{Name: "synthetic", Image: [3]int{3, 32, 32}, Classes: 10, Train: 50000, Test: 10000},
	}
	// Protocols are the ways to test.
	Protocols = []Protocol{
		{Name: "first500", Images: 500},
		{Name: "full"},
	}
)

// The forms of the loss bce.
const (
	BCEClamped = "clamped"
	BCEExact   = "exact"
)

// Set is what a definition must know of a data set before it is read.
type Set struct {
	Name string
	// Image is an image's shape [C, H, W], in pixels.
	Image [3]int
	// Classes is the number of labels.
	Classes int
	// Train and Test are the numbers of images in each split.
	Train, Test int
}

// Protocol is one way to test a classifier.
type Protocol struct {
	Name string
	// Images is how many of the first test images it looks at; 0 for all.
	Images int
}

// FindSet returns the data set of that name, false where there is none.
func FindSet(name string) (Set, bool) {
	for _, s := range Sets {
		if s.Name == name {
			return s, true
		}
	}
	return Set{}, false
}

// Sizes returns how many training and test images are used; zeros where the
// set is unknown.
func (d Data) Sizes() (train, test int) {
	set, _ := FindSet(d.Set)
	train, test = set.Train, set.Test
	if d.Train > 0 {
		train = min(train, d.Train)
	}
	if d.Test > 0 {
		test = min(test, d.Test)
	}
	return train, test
}
