package experiments

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// This file takes a study's encoders from weights files. The rule: a file that is
// no encoder of the definition is refused before anything runs.

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
		path := s.definition.Study.Files[name]
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("study.files.%s: %w", name, err)
		}
		network, err := here.fileEncoder(path)
		if err != nil {
			return nil, fmt.Errorf("study.files.%s: %w", name, err)
		}
		network.Drop()
		sum := sha256.Sum256(content)
		sums[name] = hex.EncodeToString(sum[:])
	}
	return sums, nil
}

// fileEncoder is a network whose encoder, at least, has the weights of a file:
// that of a classifier, an auto-encoder, or an encoder alone.
func (s *setup) fileEncoder(path string) (*models.AutoEncoder, error) {
	source, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	classifier, _, err := s.newClassifier()
	if err != nil {
		return nil, err
	}
	_, _, err = loadFirst(source, s.definition.Model, classifier.State(), classifier.AutoEncoder.State(),
		models.State(classifier.Parts(config.Encoder, config.Head)...), models.State(classifier.Parts(config.Encoder)...))
	if err != nil {
		classifier.Drop()
		return nil, fmt.Errorf("%s holds no encoder of definition %s: %w", path, s.definition.Name, err)
	}
	return classifier.WithoutHead(), nil
}
