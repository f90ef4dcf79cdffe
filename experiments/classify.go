package experiments

import (
	"context"

	"github.com/sugarme/gotch/ts"

	"aeprobe/config"
	"aeprobe/internal/metrics"
	"aeprobe/internal/report"
	"aeprobe/internal/torch"
	"aeprobe/models"
)

// classify predicts a class for every test image. The scores are cross_entropy
// and accuracy, and, where it is to reconstruct, an auto-encoder's too. cached
// are a frozen encoder's features of the test images, or nil.
func (s *setup) classify(ctx context.Context, network *models.Classifier, cached *ts.Tensor, reconstruct bool) (predicted []byte, scores metrics.Scores, err error) {
	names := []string{"cross_entropy"}
	if reconstruct {
		names = append(names, reconstructionNames(network.AutoEncoder)...)
	}
	e, logits, err := s.classifierEvaluator(network, cached, names)
	if err != nil {
		return nil, nil, err
	}
	if e == nil {
		return s.classifyByLibtorch(ctx, network, cached, reconstruct)
	}
	defer e.Close()
	n, classes := s.testImages.Len(), len(s.data.Classes)
	out := make([]float32, n*classes)
	sums, err := e.over(ctx, n, logits, out)
	if err != nil {
		return nil, nil, err
	}
	for i := range n {
		predicted = append(predicted, byte(largest(out[i*classes:][:classes])))
	}
	scores = e.means(names, sums, n)
	scores["accuracy"] = s.accuracy(predicted)
	return predicted, scores, nil
}

// largest is the place of the largest number, the first of equals; not a number
// counts as larger than any, as in PyTorch.
func largest(logits []float32) int {
	best := 0
	for c, x := range logits {
		if x > logits[best] || x != x && logits[best] == logits[best] {
			best = c
		}
	}
	return best
}

// classifyByLibtorch is classify where networks are not run by plan.
func (s *setup) classifyByLibtorch(ctx context.Context, network *models.Classifier, cached *ts.Tensor, reconstruct bool) (predicted []byte, scores metrics.Scores, err error) {
	n := s.testImages.Len()
	predicted = make([]byte, n)
	// Summed in order at the end: another order gives other last digits.
	crossEntropies := make([]float64, torch.ForwardBatches(n))
	parts := make([]metrics.Scores, torch.ForwardBatches(n))
	var ofImages []byte
	if network.Reads == config.ReadsReconstruction && cached == nil {
		ofImages = make([]byte, n)
	}
	err = torch.EachBatch(ctx, s.device, s.threads, n, func(number int, index *ts.Tensor) error {
		o := s.classifierOutputs(network, s.testImages, index, cached)
		defer o.drop()
		logits, err := o.Logits()
		if err != nil {
			return err
		}
		classes, err := classesOf(logits)
		if err != nil {
			return err
		}
		if ofImages != nil {
			if err := copyClasses(ofImages[number*torch.ForwardBatch:], o.ImageLogits); err != nil {
				return err
			}
		}
		copy(predicted[number*torch.ForwardBatch:], classes)
		mean, err := valueOf(objectives["cross_entropy"], o)
		crossEntropies[number] = mean * float64(len(classes))
		if err == nil && reconstruct {
			parts[number], err = reconstructionScores(o, n)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	var crossEntropy float64
	for _, sum := range crossEntropies {
		crossEntropy += sum
	}
	scores = total(parts)
	scores["cross_entropy"] = crossEntropy / float64(n)
	scores["accuracy"] = s.accuracy(predicted)
	if ofImages != nil {
		scores[report.ImagesAccuracy] = s.accuracy(ofImages)
	}
	return predicted, scores, nil
}

// copyClasses stores the classes with the largest logits.
func copyClasses(to []byte, f func() (*ts.Tensor, error)) error {
	logits, err := f()
	if err != nil {
		return err
	}
	defer torch.Drop(logits)
	classes, err := classesOf(logits)
	copy(to, classes)
	return err
}

// accuracy is the share in percent of the test images whose class was predicted.
func (s *setup) accuracy(predicted []byte) float64 {
	return report.Predictions{Labels: s.data.Test.Labels, Predicted: predicted}.Accuracy(len(s.data.Classes))
}

// classesOf are the classes with the largest logits, [B, classes].
func classesOf(logits *ts.Tensor) ([]byte, error) {
	best, err := logits.Argmax([]int64{1}, false, false)
	if err != nil {
		return nil, err
	}
	defer torch.Drop(best)
	wide, err := torch.ToSlice[int64](best)
	classes := make([]byte, len(wide))
	for i, class := range wide {
		classes[i] = byte(class)
	}
	return classes, err
}
