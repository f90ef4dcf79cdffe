package experiments

import (
	"fmt"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// This file takes a study's encoders from weights files. The rule: a file that is
// no encoder of the definition is refused before anything runs, and so is one that
// was another when the run began: stages record its hash.

// isFile reports whether an encoder is a weights file.
func (s *setup) isFile(encoder string) bool {
	_, is := s.definition.Study.Files[encoder]
	return is
}

// isSeedless reports whether features are the same whatever the seed.
func (s *setup) isSeedless(set featureSet) bool { return set.isBaseline() || s.isFile(set.encoder) }

// checkFiles loads every file once. It returns their SHA-256 sums, in hex, by the
// encoder's name.
func (s *setup) checkFiles() (map[string]string, error) {
	sums := map[string]string{}
	here := *s
	here.device = torch.CPU // stages are unfolded for devices that are not there, too
	for _, name := range sortedKeys(s.definition.Study.Files) {
		network, sum, err := here.fileEncoder(s.definition.Study.Files[name])
		if err != nil {
			return nil, fmt.Errorf("study.files.%s: %w", name, err)
		}
		network.Drop()
		sums[name] = sum
	}
	s.files = sums
	return sums, nil
}

// checkedFileEncoder is that of a file that has not changed since checkFiles.
func (s *setup) checkedFileEncoder(name string) (*models.AutoEncoder, error) {
	path := s.definition.Study.Files[name]
	network, sum, err := s.fileEncoder(path)
	if err != nil {
		return nil, err
	}
	if was := s.files[name]; sum != was {
		network.Drop()
		return nil, fmt.Errorf("study.files.%s: %s has changed since the run began: its SHA-256 was %.12s, is %.12s\nrun again to measure the file as it is", name, path, was, sum)
	}
	return network, nil
}

// fileEncoder is a network whose encoder, at least, has the weights of a file: that
// of a classifier, an auto-encoder, or an encoder alone. sum is the SHA-256 of what
// was read.
func (s *setup) fileEncoder(path string) (network *models.AutoEncoder, sum string, err error) {
	source, err := weights.Open(path)
	if err != nil {
		return nil, "", err
	}
	classifier, _, err := s.newClassifier(config.ReadsEncoder)
	if err != nil {
		return nil, "", err
	}
	_, _, err = loadFirst(source, s.definition.Model, classifier.State(), classifier.AutoEncoder.State(),
		models.State(classifier.Parts(config.Encoder, config.Head)...), models.State(classifier.Parts(config.Encoder)...))
	if err != nil {
		classifier.Drop()
		return nil, "", fmt.Errorf("%s holds no encoder of definition %s: %w", path, s.definition.Name, err)
	}
	return classifier.WithoutHead(), source.SHA256(), nil
}
