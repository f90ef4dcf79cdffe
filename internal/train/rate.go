package train

import (
	"math"

	"aeprobe/config"
)

// This file changes the learning rate. The rule: it is a function of the settings
// and of the epoch alone, so a checkpoint need not hold it.

// LearningRate is that of an epoch, which counts from 1. It is what PyTorch's
// SequentialLR of two schedulers gives, stepped once an epoch, with the milestone
// W = s.Schedule.WarmUp: LinearLR(start_factor=1/(W+1), total_iters=W), then
// ConstantLR(factor=1), MultiStepLR (which counts its milestones from W, where ours
// count all epochs) or CosineAnnealingLR(T_max=Epochs-W).
func LearningRate(s config.Train, epoch int) float64 {
	if s.Schedule == nil {
		return s.LearningRate
	}
	warmUp := s.Schedule.WarmUp
	if epoch <= warmUp {
		return s.LearningRate * float64(epoch) / float64(warmUp+1)
	}
	rate := s.LearningRate
	switch s.Schedule.Type {
	case config.Steps:
		for _, at := range s.Schedule.At {
			if epoch > at {
				rate *= s.Schedule.Factor
			}
		}
	case config.Cosine:
		done := float64(epoch-1-warmUp) / float64(s.Epochs-warmUp)
		rate *= (1 + math.Cos(math.Pi*done)) / 2
	}
	return rate
}

// setRate gives the optimizer the learning rate of the epoch that is next.
func (t *Trainer) setRate() {
	rate := LearningRate(t.Settings, t.at.Epoch+1)
	if rate == t.rate {
		return
	}
	t.rate = rate
	t.optimizer.SetLearningRate(rate)
	if t.planned != nil {
		t.planned.setLearningRate(rate)
	}
	if t.replayer != nil {
		t.replayer.forget()
	}
}
