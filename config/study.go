package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Study says whose features are measured, and by what. None of it changes an
// encoder. Load fills in what is left out.
type Study struct {
	// Encoders whose features are measured: random, auto-encoders, aggregations,
	// and classifiers that train their encoder. All of them, if left out.
	Encoders []string `yaml:"encoders" jsonschema:"uniqueItems=true"`
	// Files are further encoders: weights files by the encoder's name, relative to
	// the folder that aeprobe runs in. Each holds the definition's encoder.
	Files map[string]string `yaml:"files,omitempty"`
	// Baselines are features that no encoder makes, which an encoder has to
	// beat: pixels, pixel_pca (their first principal components) and
	// mean_colour. All of them, if left out.
	Baselines []string `yaml:"baselines" jsonschema:"uniqueItems=true"`
	// Pools turn an encoder's map into features, as model.pool does, or, as pca,
	// into its first principal components; avg and flatten, if left out.
	Pools []string `yaml:"pools,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	// Layers are further layers of every encoder whose output is measured, too, by
	// part and place, as in encoder.1 and decoder.3; none, if left out.
	Layers []string `yaml:"layers,omitempty" jsonschema:"uniqueItems=true"`
	// Epochs, rising, are those of the auto-encoders' trainings after which their
	// encoders are measured, too; none, if left out. Each is below the number of
	// epochs of every auto-encoder among Encoders.
	Epochs []int `yaml:"epochs,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	// Measures are what is measured, by name; all, if left out.
	Measures []string `yaml:"measures,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	// Components is how many principal components pixel_pca and the pool pca have;
	// 48, if left out.
	Components int `yaml:"components,omitempty" jsonschema:"minimum=1,maximum=100000"`
	// Seed of what measures draw: subsets, episodes, pairs, starting points.
	// The draws are the same for all features.
	Seed uint64 `yaml:"seed" jsonschema:"minimum=0,maximum=4294967295"`

	KNN       KNN       `yaml:"knn"`
	Clusters  Clusters  `yaml:"clusters"`
	FewLabels FewLabels `yaml:"few_labels"`
	Episodes  Episodes  `yaml:"episodes"`
	Pairs     Pairs     `yaml:"pairs"`
}

// KNN configures the measure knn.
type KNN struct {
	// K are the numbers of neighbours; 1, 5, 20 and 200, if left out.
	K []int `yaml:"k,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	// Temperature t of the neighbours' weights, exp(cosine / t); 0.07, if left
	// out.
	Temperature float64 `yaml:"temperature,omitempty" jsonschema:"exclusiveMinimum=0,maximum=1000"`
}

// Clusters configures the measure clusters.
type Clusters struct {
	// K are the numbers of clusters; 10, 20 and 50, if left out.
	K []int `yaml:"k,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	// Starts is how often k-means starts; the best counts. 10, if left out.
	Starts int `yaml:"starts,omitempty" jsonschema:"minimum=1,maximum=1000"`
	// Labels are how many labelled images per class name the clusters; 1, 5
	// and 10, if left out.
	Labels []int `yaml:"labels,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	// Images are how many training images, without labels, make clusters of their
	// own, beside those of all; 100, 500 and 1,000, as far as there are enough, if
	// left out.
	Images []int `yaml:"images" jsonschema:"uniqueItems=true"`
}

// most is the largest number of clusters.
func (c Clusters) most() int { return slices.Max(append([]int{0}, c.K...)) }

// FewLabels configures the measure few_labels.
type FewLabels struct {
	// PerClass are the numbers of labelled images per class, rising; 1, 5, 10,
	// 50, 500, 2,500 and 5,000, as far as there are enough, if left out.
	PerClass []int `yaml:"per_class,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	// Subsets is how many subsets there are of each size; 5, if left out.
	Subsets int `yaml:"subsets,omitempty" jsonschema:"minimum=1,maximum=1000"`
}

// Episodes configures the measure episodes.
type Episodes struct {
	// Ways are the numbers of classes in an episode, 2 or more, and Shots those
	// of labelled images per class; 5 and 10 (as far as there are classes), and
	// 1, 5 and 10, if left out.
	Ways  []int `yaml:"ways,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	Shots []int `yaml:"shots,omitempty" jsonschema:"minItems=1,uniqueItems=true"`
	// Queries is the number of images per class to classify, and Episodes that
	// of episodes; 15 and 1,000, if left out.
	Queries  int `yaml:"queries,omitempty" jsonschema:"minimum=1,maximum=100000"`
	Episodes int `yaml:"episodes,omitempty" jsonschema:"minimum=2,maximum=1000000"`
}

// Pairs configures the measure same_different.
type Pairs struct {
	// Folds of pairs, which share no image; 10, if left out.
	Folds int `yaml:"folds,omitempty" jsonschema:"minimum=2,maximum=1000"`
	// PerFold is the number of pairs of one class in a fold, and of those of
	// two; 300, if left out.
	PerFold int `yaml:"per_fold,omitempty" jsonschema:"minimum=1,maximum=1000000"`
}

// Has reports whether the study has that measure.
func (s *Study) Has(measure string) bool { return s != nil && slices.Contains(s.Measures, measure) }

// resolve fills in the defaults.
func (s *Study) resolve(d *Definition) {
	set, _ := d.Data.Describe()
	train, test := d.Data.Sizes()
	perClass := train / max(1, len(set.Classes))
	if s.Encoders == nil {
		s.Encoders = d.Encoders()
	}
	if s.Baselines == nil {
		s.Baselines = Baselines
	}
	slices.Sort(s.Epochs)
	or(&s.Pools, "avg", "flatten")
	or(&s.Measures, Measures...)
	orNumber(&s.Components, 48)
	or(&s.KNN.K, 1, 5, 20, 200)
	orNumber(&s.KNN.Temperature, 0.07)
	or(&s.Clusters.K, 10, 20, 50)
	orNumber(&s.Clusters.Starts, 10)
	or(&s.Clusters.Labels, upTo(perClass, 1, 5, 10)...)
	or(&s.Clusters.Images, slices.DeleteFunc(upTo(train, 100, 500, 1000), func(n int) bool { return n < s.Clusters.most() })...)
	or(&s.FewLabels.PerClass, upTo(perClass, 1, 5, 10, 50, 500, 2500, 5000)...)
	slices.Sort(s.FewLabels.PerClass)
	orNumber(&s.FewLabels.Subsets, 5)
	or(&s.Episodes.Ways, upTo(len(set.Classes), 5, 10)...)
	orNumber(&s.Episodes.Queries, 15)
	or(&s.Episodes.Shots, upTo(test/max(1, len(set.Classes))-s.Episodes.Queries, 1, 5, 10)...)
	orNumber(&s.Episodes.Episodes, 1000)
	orNumber(&s.Pairs.Folds, 10)
	orNumber(&s.Pairs.PerFold, 300)
}

func or[T any](values *[]T, defaults ...T) {
	if *values == nil {
		*values = defaults
	}
}

func orNumber[T int | float64](value *T, fallback T) {
	if *value == 0 {
		*value = fallback
	}
}

func upTo(most int, values ...int) []int {
	return slices.DeleteFunc(values, func(v int) bool { return v > most })
}

// pretrained are what other trainings can start from: the auto-encoders, then the
// aggregations.
func (d *Definition) pretrained() []string {
	names := slices.Sorted(maps.Keys(d.Autoencoders))
	for _, name := range slices.Sorted(maps.Keys(d.Aggregations)) {
		if !slices.Contains(names, name) { // which is a problem, and reported
			names = append(names, name)
		}
	}
	return names
}

// Encoders are the encoders that a definition has, by the names of what trains
// them: random, the auto-encoders, the aggregations, the classifiers that train
// theirs, and the files.
func (d *Definition) Encoders() []string {
	names := append([]string{Random}, d.pretrained()...)
	for _, name := range slices.Sorted(maps.Keys(d.Classifiers)) {
		if d.Classifiers[name].Changes(Encoder) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	names = append(names, d.fileNames()...)
	if d.Study != nil {
		names = append(names, slices.Sorted(maps.Keys(d.Study.Files))...)
	}
	return names
}

// Unseen are the classes that some auto-encoder was trained without, by their
// labels, rising.
func (d *Definition) Unseen() []int {
	var all []int
	for _, a := range d.Autoencoders {
		all = append(all, d.Data.Labels(a.Without)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Labels are those of the named classes; classes that the set does not have are
// left out.
func (d Data) Labels(classes []string) []int {
	set, _ := d.Describe()
	var labels []int
	for _, name := range classes {
		if label := slices.Index(set.Classes, name); label >= 0 {
			labels = append(labels, label)
		}
	}
	return labels
}

// checkStudy checks a study against the rest of the definition.
func (c *checker) checkStudy(d *Definition) {
	s := d.Study
	if s == nil {
		return
	}
	known := d.Encoders()
	for _, name := range s.Encoders {
		if slices.Contains(known, name) {
			continue
		}
		message, hint := "no encoder named "+quote(name), didYouMean(name, known)
		if _, isClassifier := d.Classifiers[name]; isClassifier {
			message = fmt.Sprintf("classifier %s does not train its encoder", name)
			hint = fmt.Sprintf("name %s, whose encoder it has", d.Classifiers[name].Encoder)
		}
		c.add(message, hint, "study.encoders")
	}
	for i, name := range known {
		if slices.Contains(Baselines, name) {
			c.add(fmt.Sprintf("%q is a baseline's name: use another one", name), "", "study.files."+name, "autoencoders."+name, "aggregations."+name, "classifiers."+name)
		}
		if slices.Contains(known[:i], name) {
			c.add(fmt.Sprintf("there is another encoder named %q: use another name", name), "", "study.files."+name)
		}
	}
	if len(s.Encoders)+len(s.Baselines) == 0 {
		c.add("nothing to measure: expected an encoder or a baseline", "", "study.encoders", "study.baselines")
	}
	for _, layer := range s.Layers {
		part, place, _ := strings.Cut(layer, ".")
		layers := map[string][]Layer{Encoder: d.Model.Encoder, Decoder: d.Model.Decoder}[part]
		at, err := strconv.Atoi(place)
		if err != nil || at < 0 || at >= len(layers) || strconv.Itoa(at) != place {
			c.add("no layer named "+quote(layer), fmt.Sprintf("encoder.0 to encoder.%d, decoder.0 to decoder.%d", len(d.Model.Encoder)-1, len(d.Model.Decoder)-1), "study.layers", "model.encoder")
		}
	}
	c.checkStudyEpochs(d)
	c.checkStudyNumbers(d)
}

// checkStudyEpochs compares a study's epochs with those of the trainings.
func (c *checker) checkStudyEpochs(d *Definition) {
	if len(d.Study.Epochs) == 0 {
		return
	}
	measured := false
	for name, a := range d.Autoencoders {
		if !slices.Contains(d.Study.Encoders, name) {
			continue
		}
		measured = true
		if last := d.Study.Epochs[len(d.Study.Epochs)-1]; last >= a.Epochs {
			c.add(fmt.Sprintf("epoch %d is not before the end of auto-encoder %s, which is trained for %d", last, name, a.Epochs),
				"its last epoch is measured anyway", "study.epochs", "autoencoders."+name+".epochs", "train.epochs")
		}
		if first := d.Study.Epochs[0]; first < 1 {
			c.add(fmt.Sprintf("expected epochs from 1 on, found %d", first), "the encoder random is an auto-encoder's before its first epoch", "study.epochs")
		}
	}
	if !measured {
		c.add("no auto-encoder is measured", "name one in study.encoders, or leave epochs out", "study.epochs", "study.encoders")
	}
}

// checkStudyNumbers compares a study's numbers with the images that there are.
func (c *checker) checkStudyNumbers(d *Definition) {
	s := d.Study
	set, known := d.Data.Describe()
	if !known || len(set.Classes) == 0 || slices.Contains(set.Image[:], 0) {
		return // reported with data
	}
	train, test := d.Data.Sizes()
	classes := len(set.Classes)
	within := func(key string, values []int, least, most int, of string) {
		for _, v := range values {
			if v < least || v > most {
				c.add(fmt.Sprintf("expected %d to %d (%s), found %d", least, most, of, v), "", "study."+key, "data.train", "data.test", "data.set")
			}
		}
	}
	if train < classes {
		c.add(fmt.Sprintf("a study needs an image of each of the %d classes, and there are %d training images", classes, train), "", "data.train", "study")
		return
	}
	pixels := set.Image[0] * set.Image[1] * set.Image[2]
	if slices.Contains(s.Baselines, "pixel_pca") || slices.Contains(s.Measures, "nuisances") {
		within("components", []int{s.Components}, 1, min(pixels, train), "the principal components that there are")
	}
	if slices.Contains(s.Pools, "pca") {
		within("components", []int{s.Components}, 1, min(d.narrowest(set.Image), train), "the principal components of the narrowest layer")
	}
	each := func(measure string, check func()) {
		if slices.Contains(s.Measures, measure) {
			check()
		}
	}
	each("knn", func() { within("knn.k", s.KNN.K, 1, 1_000_000, "neighbours") })
	each("clusters", func() {
		within("clusters.k", s.Clusters.K, 2, train, "clusters of the training images")
		if most := s.Clusters.most(); most <= train {
			within("clusters.images", s.Clusters.Images, most, train, "training images, and no fewer than clusters")
		}
		within("clusters.labels", s.Clusters.Labels, 1, train/classes, "training images of a class")
	})
	each("from_scratch", func() {
		c.checkTrain(d, d.Train, "train")
		within("few_labels.per_class", s.FewLabels.PerClass, 1, train/classes, "training images of a class")
	})
	each("few_labels", func() {
		if slices.Contains(s.Measures, "from_scratch") {
			return // checked
		}
		within("few_labels.per_class", s.FewLabels.PerClass, 1, train/classes, "training images of a class")
	})
	each("episodes", func() {
		within("episodes.ways", s.Episodes.Ways, 2, classes, "classes")
		if test/classes <= s.Episodes.Queries {
			c.add(fmt.Sprintf("episodes take %d queries and more images of a class, and there are %d test images of each", s.Episodes.Queries, test/classes),
				"set fewer queries, or leave episodes out of measures", "study.episodes.queries", "data.test")
			return
		}
		within("episodes.shots", s.Episodes.Shots, 1, test/classes-s.Episodes.Queries, "test images of a class, without the queries")
	})
	each("same_different", func() {
		if images := 4 * s.Pairs.Folds; test < images {
			c.add(fmt.Sprintf("%d folds of pairs that share no image need at least %d test images, and there are %d",
				s.Pairs.Folds, images, test), "", "study.pairs.folds", "data.test")
		}
	})
}

// narrowest is the fewest values of the maps that a study measures.
func (d *Definition) narrowest(image [3]int) int {
	encoder, decoder, err := d.Model.Shapes(image)
	if err != nil {
		return 1 << 30 // reported with the model
	}
	size := func(shape [3]int) int { return shape[0] * shape[1] * shape[2] }
	least := size(encoder[len(encoder)-1])
	for _, layer := range d.Study.Layers {
		part, place, _ := strings.Cut(layer, ".")
		at, err := strconv.Atoi(place)
		if shapes := map[string][][3]int{Encoder: encoder, Decoder: decoder}[part]; err == nil && at >= 0 && at < len(shapes) {
			least = min(least, size(shapes[at]))
		}
	}
	return least
}

// checkWithout checks the classes that auto-encoders are trained without.
func (c *checker) checkWithout(d *Definition) {
	set, known := d.Data.Describe()
	if !known || len(set.Classes) == 0 {
		return
	}
	for name, a := range d.Autoencoders {
		key := "autoencoders." + name + ".without"
		for _, class := range a.Without {
			if !slices.Contains(set.Classes, class) {
				c.add(fmt.Sprintf("%s has no class named %s", set.Name, quote(class)), didYouMean(class, set.Classes), key, "data.set")
			}
		}
		if left := len(set.Classes) - len(d.Data.Labels(a.Without)); left < 1 {
			c.add("no class is left to train on", "leave out fewer than "+strings.Join(set.Classes, ", "), key)
		}
	}
}

// checkSeeds refuses to repeat what is the same each time.
func (c *checker) checkSeeds(d *Definition) {
	if len(d.Seeds) == 0 {
		return
	}
	if d.Seeds[0] != d.Seed {
		c.add(fmt.Sprintf("the first of seeds is %d, but seed is %d", d.Seeds[0], d.Seed), "leave seed out, or list it first", "seeds", "seed")
	}
	if len(d.Autoencoders)+len(d.Aggregations)+len(d.Classifiers) == 0 && (d.Study == nil || !slices.Contains(d.Study.Encoders, Random)) {
		c.add("nothing here is random: another seed would give the same numbers", "leave seeds out, or add an encoder that is trained or random",
			"seeds", "study.encoders")
	}
}
