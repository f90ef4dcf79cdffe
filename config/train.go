package config

import "slices"

// This file says how a network is trained. The rules:
//
//   - After Load, settings of the optimizer and the schedule that are at their
//     default are left out, so that trainings have the fingerprints that they had
//     before there was a choice. An entry spells a default out where train: has
//     something else.
//   - Who names an optimizer starts over with it: its settings in a base, or
//     under train:, do not apply. A schedule's type does the same; and an entry's
//     schedule, or augment, replaces that under train: as a whole.

// Train is how one network is trained; zero where nothing is.
type Train struct {
	// Epochs is the number of passes over the training images, 1 or more.
	Epochs int `yaml:"epochs,omitempty" jsonschema:"minimum=1,maximum=1000000000"`
	// Batch is the number of images per step, 1 or more.
	Batch int `yaml:"batch,omitempty" jsonschema:"minimum=1,maximum=1000000000"`
	// LearningRate of the optimizer, above 0 and at most 1.
	LearningRate float64 `yaml:"learning_rate,omitempty" jsonschema:"exclusiveMinimum=0,maximum=1"`
	// Optimizer is adam, the default, adamw or sgd, as in torch.optim.
	Optimizer string `yaml:"optimizer,omitempty"`
	// Momentum of sgd, less than 1; 0 if left out.
	Momentum *float64 `yaml:"momentum,omitempty" jsonschema:"minimum=0,exclusiveMaximum=1"`
	// Nesterov is true for sgd with Nesterov's momentum.
	Nesterov *bool `yaml:"nesterov,omitempty"`
	// WeightDecay is PyTorch's weight_decay, 0 if left out: L2, part of the
	// gradient, for adam and sgd; decoupled from it for adamw.
	WeightDecay *float64 `yaml:"weight_decay,omitempty" jsonschema:"minimum=0,maximum=1000"`
	// Decay says what weight decay is for: all parameters, the default, or only
	// weights, which spares those of one dimension: biases, and the weights of
	// norms.
	Decay string `yaml:"decay,omitempty"`
	// Schedule changes the learning rate from epoch to epoch.
	Schedule *Schedule `yaml:"schedule,omitempty"`
	// Augment changes the training images.
	Augment *Augment `yaml:"augment,omitempty"`
}

// Schedule says what the learning rate of an epoch is. It begins with a warm-up of
// W epochs, in the e-th of which it is e/(W+1) of learning_rate; after it the type
// begins with the whole of it.
type Schedule struct {
	// Type is constant, the default; steps, which multiplies the rate by a factor
	// after some epochs; or cosine, which lowers it along half a cosine, to reach 0
	// at the end of the training.
	Type string `yaml:"type,omitempty"`
	// At are the epochs after which steps multiplies the rate, rising.
	At []int `yaml:"at,omitempty" jsonschema:"minItems=1"`
	// Factor of steps, between 0 and 1; 0.1, if left out.
	Factor float64 `yaml:"factor,omitempty" jsonschema:"exclusiveMinimum=0,exclusiveMaximum=1"`
	// WarmUp is the number of epochs in which the rate rises; 0, if left out.
	WarmUp int `yaml:"warm_up,omitempty" jsonschema:"minimum=0,maximum=1000000000"`
}

// OptimizerSettings are an optimizer's, with the defaults filled in.
type OptimizerSettings struct {
	Name        string
	Momentum    float64
	Nesterov    bool
	WeightDecay float64
	// OnlyWeights spares parameters of one dimension from weight decay.
	OnlyWeights bool
}

// OptimizerSettings are those that the training's optimizer has.
func (t Train) OptimizerSettings() OptimizerSettings {
	name := t.Optimizer
	if name == "" {
		name = Optimizers[0]
	}
	return OptimizerSettings{name, valueOf(t.Momentum), valueOf(t.Nesterov), valueOf(t.WeightDecay), t.Decay == DecayWeights}
}

// valueOf is 0 or false for what is left out.
func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// WithoutDefaults leaves out what spells a default of the optimizer or the
// schedule out: equal trainings have equal fingerprints.
func (t Train) WithoutDefaults() Train {
	if t.Optimizer == Optimizers[0] {
		t.Optimizer = ""
	}
	if valueOf(t.Momentum) == 0 {
		t.Momentum = nil
	}
	if !valueOf(t.Nesterov) {
		t.Nesterov = nil
	}
	if valueOf(t.WeightDecay) == 0 {
		t.WeightDecay = nil
	}
	if t.Decay == Decays[0] {
		t.Decay = ""
	}
	if s := t.Schedule; s != nil && s.Type == Constant && s.At == nil && s.Factor == 0 && s.WarmUp == 0 {
		t.Schedule = nil
	}
	if t.Augment != nil && t.Augment.settled() == (Augment{}) {
		t.Augment = nil
	}
	return t
}

// settled is WithoutDefaults, with the schedule's own defaults filled in.
func (t Train) settled() Train {
	if t.Schedule != nil {
		s := *t.Schedule
		if s.Type == "" {
			s.Type = Schedules[0]
		}
		if s.Type == Steps {
			orNumber(&s.Factor, 0.1)
		}
		t.Schedule = &s
	}
	if t.Augment != nil {
		t.Augment = new(t.Augment.settled())
	}
	return t.WithoutDefaults()
}

// or fills the fields that are unset from the shared settings, which are settled.
func (t Train) or(shared Train) Train {
	orNumber(&t.Epochs, shared.Epochs)
	orNumber(&t.Batch, shared.Batch)
	orNumber(&t.LearningRate, shared.LearningRate)
	if t.Optimizer == "" {
		t = t.orOptimizer(shared)
	}
	if t.Schedule == nil {
		t.Schedule = shared.Schedule
	}
	if t.Augment == nil {
		t.Augment = shared.Augment
	}
	t = t.settled()
	if t.Optimizer == "" && shared.hasOptimizer() {
		t.Optimizer = Optimizers[0]
	}
	if t.Schedule == nil && shared.Schedule != nil {
		t.Schedule = &Schedule{Type: Constant}
	}
	if t.Augment == nil && shared.Augment != nil {
		t.Augment = new(Augment)
	}
	return t
}

// orOptimizer is or for the optimizer. What needs a momentum or a weight decay that
// t has set to 0 is not taken over.
func (t Train) orOptimizer(shared Train) Train {
	t.Optimizer = shared.Optimizer
	if t.Momentum == nil {
		t.Momentum = shared.Momentum
	}
	if t.Nesterov == nil && valueOf(t.Momentum) > 0 {
		t.Nesterov = shared.Nesterov
	}
	if t.WeightDecay == nil {
		t.WeightDecay = shared.WeightDecay
	}
	if t.Decay == "" && valueOf(t.WeightDecay) > 0 {
		t.Decay = shared.Decay
	}
	return t
}

// hasOptimizer reports whether t, which is settled, has any of an optimizer's
// settings.
func (t Train) hasOptimizer() bool {
	return t.Optimizer != "" || t.Momentum != nil || t.Nesterov != nil || t.WeightDecay != nil || t.Decay != ""
}

// Lasting is t for another number of epochs, no fewer; its schedule is stretched
// alike.
func (t Train) Lasting(epochs int) Train {
	if t.Schedule != nil {
		s := *t.Schedule
		s.At = slices.Clone(s.At)
		for i := range s.At {
			s.At[i] = s.At[i] * epochs / t.Epochs
		}
		s.WarmUp = s.WarmUp * epochs / t.Epochs
		t.Schedule = &s
	}
	t.Epochs = epochs
	return t
}
