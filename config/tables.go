package config

import "slices"

// The names that a definition can use. A new one needs a line here, a run of
// go generate ./config, and its implementation in the package concerned.
var (
	// Losses are what networks are trained with.
	Losses = []Loss{
		{Name: "bce", Part: Decoder},
		{Name: "l1", Part: Decoder},
		{Name: "mse", Part: Decoder},
		{Name: "cross_entropy", Part: Head},
	}
	// Parts of a classifier, in the order of their weights.
	Parts = []string{Encoder, Decoder, Head}
	// Probes predict classes from features. The first is the default.
	Probes = []Probe{{Name: "linear", Trained: true}, {Name: "nearest_mean"}}
	// Optimizers change weights along their gradients, as in torch.optim. The
	// first is the default.
	Optimizers = []string{Adam, AdamW, SGD}
	// Decays are the parameters that weight decay is for. The first is the
	// default.
	Decays = []string{"all", DecayWeights}
	// Schedules change the learning rate between epochs. The first is the default.
	Schedules = []string{Constant, Steps, Cosine}
	// Projections make a few coordinates of an encoder's maps. The first is the
	// default.
	Projections = []string{"pca", "tsne"}
	// StudyPools are those, and the first principal components of the map.
	StudyPools = append(slices.Clone(Pools), "pca")
	// Baselines are the features that a study compares encoders with.
	Baselines = []string{"pixels", "pixel_pca", "mean_colour"}
	// Measures are what a study can measure of features.
	Measures = []string{"logistic", "knn", "nearest_mean", "clusters", "few_labels", "from_scratch", "description", "episodes", "same_different", "nuisances", "alterations", "geometry", "similarity"}
	// BCEForms are how the loss bce can be computed. The first is the default.
	BCEForms = []string{BCEClamped, BCEExact}
	// Shortcuts are those of a residual block. The first is the default.
	Shortcuts = []string{ShortcutIdentity, ShortcutPad, ShortcutConv, ShortcutUpsample}
	// Pools turn an encoder's map into a classifier's input.
	Pools = []string{"avg", "max", "flatten"}
	// Figures of a report, in the order they are shown.
	Figures = []string{"architecture", "reconstructions", "pca", "tsne", "loss-curves", "decoded", "autoencoder-losses", "confusion", "joint", "accuracies", "few-labels", "layers", "epochs", "layer-epochs", "similarity", "clusters"}
	// Sets are the data sets.
	Sets = []Set{
		{Name: "cifar10", Image: [3]int{3, 32, 32}, Classes: cifar10Classes, Train: 50000, Test: 10000},
		{Name: "cifar100", Image: [3]int{3, 32, 32}, Classes: cifar100Classes, Train: 50000, Test: 10000},
		{Name: "svhn", Image: [3]int{3, 32, 32}, Classes: digits, Train: 73257, Test: 26032},
		{Name: "stl10", Image: [3]int{3, 96, 96}, Classes: stl10Classes, Train: 5000, Test: 8000, Unlabelled: 100000},
		{Name: "mnist", Image: [3]int{1, 28, 28}, Classes: digits, Train: 60000, Test: 10000},
		{Name: "fashion_mnist", Image: [3]int{1, 28, 28}, Classes: fashionClasses, Train: 60000, Test: 10000},
		{Name: "emnist_balanced", Image: [3]int{1, 28, 28}, Classes: emnistMerged, Train: 112800, Test: 18800},
		{Name: "emnist_byclass", Image: [3]int{1, 28, 28}, Classes: emnistAll, Train: 697932, Test: 116323},
		{Name: "emnist_bymerge", Image: [3]int{1, 28, 28}, Classes: emnistMerged, Train: 697932, Test: 116323},
		{Name: "emnist_digits", Image: [3]int{1, 28, 28}, Classes: digits, Train: 240000, Test: 40000},
		{Name: "emnist_letters", Image: [3]int{1, 28, 28}, Classes: letters, Train: 124800, Test: 20800},
		{Name: "emnist_mnist", Image: [3]int{1, 28, 28}, Classes: digits, Train: 60000, Test: 10000},
		{Name: FolderSet, Train: 1_000_000_000, Test: 1_000_000_000, Unlabelled: 1_000_000_000},
		{Name: "synthetic", Image: [3]int{3, 32, 32}, Classes: cifar10Classes, Train: 50000, Test: 10000},
	}
	// Fits are the ways to make an image the size that networks take.
	Fits = []string{FitPad, FitCrop, FitResize}
	// PretrainingImages are the images of a set that an auto-encoder can be trained
	// on. The first is the default.
	PretrainingImages = []string{TrainImages, UnlabelledImages}
	// Protocols are the ways to test a classifier.
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

// The optimizers.
const (
	Adam  = "adam"
	AdamW = "adamw"
	SGD   = "sgd"
)

// DecayWeights is weight decay of weights alone, not of biases and norms.
const DecayWeights = "weights"

// The types of a schedule.
const (
	Constant = "constant"
	Steps    = "steps"
	Cosine   = "cosine"
)

// layerKinds is the table of layers that networks are built from. It is a
// function, not a variable, because a block looks up its layers here.
func layerKinds() []layerKind {
	return []layerKind{conv2d(), convTranspose2d(), maxPool2d(), avgPool2d(), upsample(), batchNorm2d(), relu(), sigmoid(), residual()}
}

// LayerTypes returns the names of the layers that networks are built from.
func LayerTypes() []string {
	var names []string
	for _, k := range layerKinds() {
		names = append(names, k.name)
	}
	return names
}

// The names of a classifier's parts.
const (
	Encoder = "encoder"
	Decoder = "decoder"
	Head    = "classifier"
)

// Loss is a loss that networks are trained with. Its gradient reaches the
// encoder, and the part behind it that it is computed from.
type Loss struct {
	Name string
	// Part is Decoder for a loss that compares an image with its reconstruction,
	// Head for one that compares class scores with a label.
	Part string
}

// Probe is a way to predict classes from features.
type Probe struct {
	Name string
	// Trained tells that it has weights, which a training changes.
	Trained bool
}

// ProjectionNames are the projections of the features, the default if none is
// named.
func (f Features) ProjectionNames() []string {
	if len(f.Projections) == 0 {
		return Projections[:1]
	}
	return f.Projections
}

// LossesOf are the names of the losses that are computed from a part.
func LossesOf(part string) []string {
	var names []string
	for _, l := range Losses {
		if l.Part == part {
			names = append(names, l.Name)
		}
	}
	return names
}

// Set describes a data set, so that a definition can be checked without it.
type Set struct {
	Name string
	// Image is an image's shape [C, H, W], in pixels.
	Image [3]int
	// Classes are the classes' short names, in the order of the labels.
	Classes []string
	// Train and Test are the numbers of images in each split. Where they are
	// known only once the set is open, they are the most there can be:
	// vision.Open then refuses a definition that asks for more than there is.
	Train, Test int
	// Unlabelled is the number of images without labels.
	Unlabelled int
}

// Protocol selects the images that a classifier is tested on.
type Protocol struct {
	Name string
	// Images is the number of test images, the first ones; 0 for all.
	Images int
}

// FindSet returns the data set of that name, or false if there is none.
func FindSet(name string) (Set, bool) {
	for _, s := range Sets {
		if s.Name == name {
			return s, true
		}
	}
	return Set{}, false
}

// Sizes returns the numbers of training and test images; zeros for an unknown
// set.
func (d Data) Sizes() (train, test int) {
	set, _ := d.Describe()
	train, test = set.Train, set.Test
	if d.Train > 0 {
		train = min(train, d.Train)
	}
	if d.Test > 0 {
		test = min(test, d.Test)
	}
	return train, test
}
