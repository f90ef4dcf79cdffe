package experiments

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// This file takes weights from files. The rule: a file that does not hold what the
// definition says is refused before anything runs, and so is one that was another
// when the run began: stages record its hash.

// fileOf is a file of the definition or of its study by the encoder's name, and the
// key that names its path.
func (s *setup) fileOf(name string) (file config.File, field []string, is bool) {
	if file, is = s.definition.Files[name]; is {
		return file, []string{"files", name}, true
	}
	if s.definition.Study != nil {
		file.Path, is = s.definition.Study.Files[name]
	}
	return file, []string{"study", "files", name}, is
}

// isFile reports whether an encoder is a weights file.
func (s *setup) isFile(encoder string) bool {
	_, _, is := s.fileOf(encoder)
	return is
}

// isSeedless reports whether features are the same whatever the seed.
func (s *setup) isSeedless(set featureSet) bool { return set.isBaseline() || s.isFile(set.encoder) }

// sourceOf is where an encoder's weights come from, for people.
func (s *setup) sourceOf(encoder string) string {
	if _, field, is := s.fileOf(encoder); is {
		return strings.Join(field, ".")
	}
	return s.pretrainingStage(encoder)
}

// checkFiles loads every file once. It returns their SHA-256 sums, in hex, by the
// encoder's name.
func (s *setup) checkFiles() (map[string]string, error) {
	if s.files != nil {
		return s.files, nil
	}
	sums := map[string]string{}
	here := *s
	here.device = torch.CPU // stages are unfolded for devices that are not there, too
	names := sortedKeys(s.definition.Files)
	if s.definition.Study != nil {
		names = append(names, sortedKeys(s.definition.Study.Files)...)
	}
	for _, name := range names {
		_, field, _ := s.fileOf(name)
		network, sum, err := here.fileEncoder(name)
		if err != nil {
			return nil, &config.FieldError{Path: field, Err: err}
		}
		network.Drop()
		sums[name] = sum
	}
	s.files = sums
	return sums, nil
}

// startingFile stands for the files among the sources of a training's weights, and
// for what they call its layers; it is empty where there are none.
func (s *setup) startingFile(sources ...string) (fingerprint.Sum, error) {
	type start struct {
		Sum   string            `yaml:"sum"`
		Names map[string]string `yaml:"names,omitempty"`
	}
	var all []start
	for _, name := range sources {
		file, is := s.definition.Files[name]
		if !is {
			continue
		}
		sums, err := s.checkFiles()
		if err != nil {
			return "", err
		}
		all = append(all, start{sums[name], file.Names(s.definition.Model)})
	}
	if len(all) == 0 {
		return "", nil
	}
	return fingerprint.OfValue(all)
}

// checkedFileEncoder is that of a file that has not changed since checkFiles.
func (s *setup) checkedFileEncoder(name string) (*models.AutoEncoder, error) {
	network, sum, err := s.fileEncoder(name)
	if err != nil {
		return nil, err
	}
	if err := s.checkUnchanged(name, sum); err != nil {
		network.Drop()
		return nil, err
	}
	return network, nil
}

// checkUnchanged refuses a file whose SHA-256 is not what it was at checkFiles.
func (s *setup) checkUnchanged(name, sum string) error {
	file, field, _ := s.fileOf(name)
	was, checked := s.files[name]
	if !checked {
		if _, err := s.checkFiles(); err != nil {
			return err
		}
		was = s.files[name]
	}
	if sum != was {
		return &config.FieldError{Path: field, Err: fmt.Errorf("%s has changed since the run began: its SHA-256 was %.12s, is %.12s\nrun again to take the file as it is", file.Path, was, sum)}
	}
	return nil
}

// fileEncoder is a network whose encoder, at least, has the weights of a file: that
// of a classifier, an auto-encoder, or an encoder alone. sum is the SHA-256 of what
// was read.
func (s *setup) fileEncoder(name string) (network *models.AutoEncoder, sum string, err error) {
	classifier, _, err := s.newClassifier(config.ReadsEncoder)
	if err != nil {
		return nil, "", err
	}
	sum, err = s.readInto(name, classifier.AutoEncoder.State(), models.State(classifier.Parts(config.Encoder)...))
	if err != nil {
		classifier.Drop()
		return nil, "", err
	}
	return classifier.WithoutHead(), sum, nil
}

// loadFile gives the first of networks that a file holds its weights.
func (s *setup) loadFile(name string, networks ...[]models.Parameter) error {
	sum, err := s.readInto(name, networks...)
	if err != nil {
		return err
	}
	return s.checkUnchanged(name, sum)
}

// readInto is loadFile of a file that may have changed, and returns its SHA-256.
func (s *setup) readInto(name string, networks ...[]models.Parameter) (sum string, err error) {
	file, _, _ := s.fileOf(name)
	source, err := weights.Open(file.Path)
	if err != nil {
		return "", err
	}
	if file.IsNamed() {
		err = s.takeNamed(source, file, networks)
	} else {
		err = s.takeFirst(source, networks)
	}
	if err != nil {
		return "", fmt.Errorf("%s holds no encoder of definition %s: %w", file.Path, s.definition.Name, err)
	}
	return source.SHA256(), nil
}

// takeNamed takes the first of networks whose layers all have a name in the file.
func (s *setup) takeNamed(source *weights.Source, file config.File, networks [][]models.Parameter) error {
	names := file.Names(s.definition.Model)
	for _, parameters := range networks {
		theirs, all := renamed(parameters, names)
		if !all {
			continue
		}
		specs, err := models.Specs(theirs)
		if err != nil {
			return err
		}
		f, err := source.FitAmong(specs)
		if err != nil {
			return err
		}
		return models.Load(theirs, f)
	}
	return errors.New("not all of its layers have names in the file")
}

// renamed are parameters under a file's names for their layers; all tells whether
// there is one for each.
func renamed(parameters []models.Parameter, names map[string]string) (theirs []models.Parameter, all bool) {
	for _, p := range parameters {
		dot := strings.LastIndexByte(p.Name, '.')
		name, has := names[p.Name[:dot]]
		if !has {
			return nil, false
		}
		theirs = append(theirs, models.Parameter{Name: name + p.Name[dot:], Tensor: p.Tensor})
	}
	return theirs, true
}

// takeFirst takes the first of networks that the file holds, under our names or a
// published ResNet's, alone or as part of a classifier.
func (s *setup) takeFirst(source *weights.Source, networks [][]models.Parameter) error {
	whole, _, err := s.newClassifier(config.ReadsEncoder)
	if err != nil {
		return err
	}
	defer whole.Drop()
	within := [][]models.Parameter{whole.State(), whole.AutoEncoder.State(),
		models.State(whole.Parts(config.Encoder, config.Head)...), models.State(whole.Parts(config.Encoder)...)}
	_, fitted, err := loadFirst(source, s.definition.Model, within...)
	if err != nil {
		return err
	}
	held := map[string]models.Parameter{}
	for _, p := range within[fitted] {
		held[p.Name] = p
	}
	for _, parameters := range networks {
		if !slices.ContainsFunc(parameters, func(p models.Parameter) bool { _, has := held[p.Name]; return !has }) {
			return copyParameters(parameters, held)
		}
	}
	return errors.New("it holds an encoder, but not the linear layer that is to be taken from it")
}

// copyParameters gives parameters the values of those held under their names.
func copyParameters(parameters []models.Parameter, held map[string]models.Parameter) error {
	for _, p := range parameters {
		if err := torch.Copy(p.Tensor, held[p.Name].Tensor); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}
