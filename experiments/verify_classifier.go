package experiments

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/torch"
	"aeprobe/internal/weights"
	"aeprobe/models"
)

// verifyClassifier tests a classifier's weights again.
func (v *verifier) verifyClassifier(ctx context.Context, s *stage, name string, result *Result) error {
	if !v.hasTraining(s, result) {
		return nil
	}
	spec := v.definition.Classifiers[name]
	v.verifyMetrics(s, result, spec.Train)
	network, err := v.loadClassifier(s, spec)
	if err != nil {
		v.compared(s.name, checkpointFile+" can be loaded", []string{err.Error()})
		return nil
	}
	defer network.Drop()
	features, drop, err := v.encodeEachTime(ctx, network, v.testImages)
	if err != nil {
		return err
	}
	defer drop()
	predicted, scores, err := v.classify(ctx, network, features)
	if err != nil {
		return err
	}
	kept, err := v.keptPredictions(name)
	if err != nil {
		v.compared(s.name, predictionsFile+" can be read", []string{err.Error()})
		return nil
	}
	tolerance := v.tolerance(result)
	if err := v.verifyPredictions(ctx, s, network, kept.Predicted, predicted, tolerance); err != nil {
		return err
	}
	// Of the kept predictions: they have just been compared with the weights'.
	scores["accuracy"] = float64(score(kept.Labels, kept.Predicted, len(v.data.Classes)).Accuracy)
	v.compared(s.name, fmt.Sprintf("test cross-entropy of %s and accuracy, to %g of each", checkpointFile, tolerance),
		scoreDifferences(result.Training.Test, scores, tolerance))
	return v.verifyScores(s, name, kept)
}

// loadClassifier is a classifier with its stage's weights. Those that were not
// trained are compared with what the training started from.
func (v *verifier) loadClassifier(s *stage, spec config.Classifier) (*models.Classifier, error) {
	generator, err := torch.NewGenerator(v.definition.Seed)
	if err != nil {
		return nil, err
	}
	network, err := v.startClassifier(spec, generator)
	if err != nil {
		return nil, err
	}
	f, err := weights.Read(filepath.Join(v.dir, s.name, checkpointFile))
	if err == nil {
		err = v.verifyUntrained(s, network, spec, f)
	}
	if err == nil {
		err = loadWeights(network.Parameters(), f)
	}
	if err != nil {
		network.Drop()
		return nil, err
	}
	return network, nil
}

// verifyUntrained compares weights that training left alone, bit for bit, with
// those of network, which is as it was before.
func (v *verifier) verifyUntrained(s *stage, network *models.Classifier, spec config.Classifier, f *weights.File) error {
	start := fmt.Sprintf("seed %d", v.definition.Seed)
	if spec.Encoder != config.Random {
		start = autoencoderStageName(spec.Encoder)
	}
	trained := map[string]bool{}
	for _, p := range trainedParameters(network, spec) {
		trained[p.Name] = true
	}
	var differences, untrained []string
	for _, p := range network.Parameters() {
		if trained[p.Name] {
			continue
		}
		untrained = append(untrained, p.Name)
		before, err := array(p.Tensor)
		if err != nil {
			return err
		}
		if !bytes.Equal(before.Data, f.Tensors[p.Name].Data) {
			differences = append(differences, fmt.Sprintf("%s was to stay as it was, and did not", p.Name))
		}
	}
	v.compared(s.name, fmt.Sprintf("%d untrained weights (%s) are those of %s, bit for bit",
		len(untrained), strings.Join(partsOf(untrained), ", "), start), differences)
	return nil
}

// partsOf are the networks' parts that weights' names begin with.
func partsOf(names []string) []string {
	var parts []string
	for _, name := range names {
		part, _, _ := strings.Cut(name, ".")
		parts = append(parts, part)
	}
	return slices.Compact(parts)
}

// keptPredictions are a classifier's predictions.csv, of the data's labels.
func (v *verifier) keptPredictions(name string) (*Predictions, error) {
	path := filepath.Join(v.dir, classifierStageName(name), predictionsFile)
	kept, err := ReadPredictions(path, len(v.data.Classes))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(kept.Labels, v.data.Test.Labels) {
		return nil, fmt.Errorf("%s: the labels are not those of the data's %d test images", path, v.data.Test.Len())
	}
	return kept, nil
}

// verifyPredictions compares the kept predictions with those that the network
// gives. Where two logits are as good as equal, either class may be kept.
func (v *verifier) verifyPredictions(ctx context.Context, s *stage, network *models.Classifier, kept, given []byte, tolerance float64) error {
	what := fmt.Sprintf("%s: the classes that %s gives %d test images", predictionsFile, checkpointFile, len(given))
	if bytes.Equal(kept, given) {
		v.compared(s.name, what, nil)
		return nil
	}
	behind, largest, err := v.behind(ctx, network, kept, given)
	if err != nil {
		return err
	}
	var differences tally
	tied := 0
	for i := range given {
		switch {
		case kept[i] == given[i]:
		case behind[i] <= tolerance*largest:
			tied++
		default:
			differences.add("image %d is kept as %s, the weights give %s", i, v.data.Classes[kept[i]], v.data.Classes[given[i]])
		}
	}
	if tied > 0 {
		what += fmt.Sprintf(", %d of them with two logits equal to %g of the largest", tied, tolerance)
	}
	v.compared(s.name, what, differences.list())
	return nil
}

// behind is how far the logit of each image's kept class is behind that of the
// given one; largest is the magnitude of the largest of all logits.
func (v *verifier) behind(ctx context.Context, network *models.Classifier, kept, given []byte) (behind []float64, largest float64, err error) {
	classes := len(v.data.Classes)
	all, err := v.encode(ctx, v.testImages, len(given), classes, network.Logits)
	if err != nil {
		return nil, 0, err
	}
	defer torch.Drop(all)
	logits, err := torch.ToSlice[float32](all)
	if err != nil {
		return nil, 0, err
	}
	for _, l := range logits {
		largest = max(largest, math.Abs(float64(l)))
	}
	for i := range given {
		row := logits[i*classes : (i+1)*classes]
		behind = append(behind, float64(row[given[i]]-row[kept[i]]))
	}
	return behind, largest, nil
}

// verifyScores compares a classifier's part of results.json with what the
// protocols make of its predictions.
func (v *verifier) verifyScores(s *stage, name string, kept *Predictions) error {
	if v.results == nil {
		return nil
	}
	what := fmt.Sprintf("%s: accuracy by class, AVG, of all images, and confusion, by %s, of the predictions",
		resultsFile, strings.Join(v.definition.Evaluate.Protocols, " and "))
	i := slices.IndexFunc(v.results.Classifiers, func(c ClassifierResult) bool { return c.Name == name })
	if i < 0 {
		v.compared(s.name, what, []string{"it is not in " + resultsFile})
		return nil
	}
	scores, err := v.byProtocol(*kept)
	if err != nil {
		return err
	}
	differences, err := jsonDifferences(v.results.Classifiers[i].Scores, scores)
	v.compared(s.name, what, differences)
	return err
}
