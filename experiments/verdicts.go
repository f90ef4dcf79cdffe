package experiments

import (
	"context"
	"fmt"
	"slices"

	"aeprobe/config"
	"aeprobe/internal/fingerprint"
	"aeprobe/internal/report"
	"aeprobe/internal/stages"
	"aeprobe/internal/stats"
)

// This file compares what was predicted from different features. The rule: what
// is compared with what follows from the definition alone, never from the
// numbers. Every encoder is compared with the random one of the same pool and
// layer and with every baseline, and the auto-encoders with one another. Classifiers
// are compared with one another, but joint trainings only with those for one task.

// verdictsStage is also the folder, and the key of the verdicts in its result.
const verdictsStage = "verdicts"

// verdictInputs are what decides the verdicts.
type verdictInputs struct {
	Kind   string                     `yaml:"kind"`
	Seeds  []uint64                   `yaml:"seeds"`
	Draws  uint64                     `yaml:"study_seed"`
	Stages map[string]fingerprint.Sum `yaml:"stages"`
	// JointApart tells that joint trainings were not compared with one another,
	// where there are any; earlier versions did.
	JointApart bool `yaml:"joint_apart,omitempty"`
	// Order decides which of two is A.
	Order []string `yaml:"order"`
}

// verdictsStages compare all predictions of a study.
func verdictsStages(s *setup, p *plan) error {
	if s.definition.Study == nil {
		return nil
	}
	inputs := verdictInputs{Kind: "verdicts", Seeds: seedsOf(s.definition), Draws: s.definition.Study.Seed, Stages: map[string]fingerprint.Sum{}}
	stage := &stages.Stage{Name: verdictsStage,
		Run: func(ctx context.Context, _ *stages.Stage) (*stages.Result, error) {
			all, err := s.verdicts(ctx)
			if err != nil {
				return nil, err
			}
			result := new(stages.Result)
			return result, result.SetDetail(verdictsStage, all)
		},
		Verify: s.verifyVerdicts,
	}
	for _, name := range classifierOrder(s.definition.Classifiers) {
		inputs.Order = append(inputs.Order, name)
		inputs.JointApart = inputs.JointApart || s.isJoint(name)
	}
	inputs.Order = append(inputs.Order, s.definition.Study.Measures...)
	for _, set := range s.featureSets() {
		inputs.Order = append(inputs.Order, set.String())
	}
	for _, need := range p.stages {
		if need.Name == similarityStage || need.Epochs > 0 && p.ranks[need] != rankClassifier {
			continue // not compared
		}
		stage.Needs = append(stage.Needs, need)
		inputs.Stages[need.Name] = need.Fingerprint()
	}
	stage.Inputs = inputs
	return p.add(stage, rankVerdicts)
}

// verdicts compares all that is to be compared.
func (s *setup) verdicts(ctx context.Context) (*report.Verdicts, error) {
	contenders, err := s.contenders()
	if err != nil {
		return nil, err
	}
	all := &report.Verdicts{Comparisons: []report.Verdict{}}
	for _, group := range contenders {
		var verdicts []report.Verdict
		for _, pair := range s.pairs(group.contenders) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			v := report.Verdict{Measure: group.measure, Finding: group.finding, A: pair[0].name, B: pair[1].name,
				AccuracyA: pair[0].accuracy(), AccuracyB: pair[1].accuracy()}
			if group.part != "" {
				v.Comparison, err = stats.CompareScores(pair[0].scores, pair[1].scores, group.part)
			} else {
				v.Comparison, err = stats.Compare(pair[0].correct, pair[1].correct, s.definition.Study.Seed)
			}
			if err != nil {
				return nil, fmt.Errorf("%s against %s: %w", v.A, v.B, err)
			}
			verdicts = append(verdicts, v)
		}
		comparisons := make([]*stats.Comparison, len(verdicts))
		for i := range verdicts {
			comparisons[i] = &verdicts[i].Comparison
		}
		stats.Decide(comparisons, report.Level)
		all.Comparisons = append(all.Comparisons, verdicts...)
	}
	return all, nil
}

// contenderGroup is what one measure, or the classifiers, predicted or scored.
type contenderGroup struct {
	measure, finding string
	// part is what scores are of, "fold" for instance; empty for predictions.
	part       string
	contenders []contender
}

// contender is what was predicted from one set of features, or how it was scored.
type contender struct {
	name string
	featureSet
	// isClassifier tells that it is one of the definition's.
	isClassifier bool
	// correct is by seed and test image; one row where nothing is random.
	correct [][]bool
	// scores are by seed and part.
	scores [][]float64
}

// accuracy is the mean over the seeds, in percent.
func (c contender) accuracy() float64 {
	if c.scores != nil {
		return 100 * meanOfAll(slices.Concat(c.scores...))
	}
	correct, n := 0, 0
	for _, seed := range c.correct {
		for _, is := range seed {
			if is {
				correct++
			}
		}
		n += len(seed)
	}
	return 100 * float64(correct) / float64(n)
}

// contenders reads all predictions that are to be compared.
func (s *setup) contenders() ([]contenderGroup, error) {
	classifiers := contenderGroup{measure: report.ClassifiersMeasure, finding: "accuracy"}
	for _, name := range classifierOrder(s.definition.Classifiers) {
		c := contender{name: name, featureSet: featureSet{encoder: name}, isClassifier: true}
		for _, repeat := range s.repeats() {
			correct, err := s.correctIn(s.dir.Join(repeat.classifierStage(name), report.PredictionsFile))
			if err != nil {
				return nil, err
			}
			c.correct = append(c.correct, correct)
		}
		classifiers.contenders = append(classifiers.contenders, c)
	}
	groups := []contenderGroup{classifiers}
	study, err := s.collectStudy()
	if err != nil {
		return nil, err
	}
	for _, measure := range s.definition.Study.Measures {
		first := study.OfMeasure(measure)
		if len(first) == 0 {
			continue
		}
		for _, finding := range first[0].Findings {
			if !finding.Compared {
				continue
			}
			group := contenderGroup{measure: measure, finding: finding.Name}
			for _, set := range s.featureSets() {
				if set.epoch > 0 {
					continue // on the way to what is compared
				}
				c, err := s.contender(&group, set, finding)
				if err != nil {
					return nil, err
				}
				group.contenders = append(group.contenders, c)
			}
			groups = append(groups, group)
		}
	}
	return groups, nil
}

// contender reads what was predicted or scored of a finding of group's measure.
func (s *setup) contender(group *contenderGroup, set featureSet, finding report.Finding) (contender, error) {
	c := contender{name: set.String(), featureSet: set}
	for number, repeat := range s.repeats() {
		if number > 0 && s.isSeedless(set) {
			break
		}
		folder := repeat.studyStageName(set, group.measure)
		if finding.Scores == "" {
			correct, err := s.correctIn(s.dir.Join(folder, finding.Predictions))
			if err != nil {
				return c, err
			}
			c.correct = append(c.correct, correct)
			continue
		}
		scores, err := report.ReadScores(s.dir.Join(folder, finding.Scores))
		if err != nil {
			return c, err
		}
		group.part = scores.Part
		c.scores = append(c.scores, scores.Values)
	}
	return c, nil
}

// correctIn tells which test images a file of predictions has the class of.
func (s *setup) correctIn(path string) ([]bool, error) {
	p, err := report.ReadPredictions(path, len(s.data.Classes))
	if err != nil {
		return nil, err
	}
	correct := make([]bool, len(p.Labels))
	for i, label := range p.Labels {
		correct[i] = p.Predicted[i] == label
	}
	return correct, nil
}

// pairs are the contenders to compare.
func (s *setup) pairs(all []contender) [][2]contender {
	var pairs [][2]contender
	for i, a := range all {
		for k, b := range all {
			if s.isCompared(a, b) && !(k < i && s.isCompared(b, a)) {
				pairs = append(pairs, [2]contender{a, b})
			}
		}
	}
	return pairs
}

// isCompared reports whether a is compared with b.
func (s *setup) isCompared(a, b contender) bool {
	switch {
	case a.name == b.name:
		return false
	case a.isClassifier:
		return !s.isJoint(a.name) || !s.isJoint(b.name)
	case a.isBaseline():
		return false
	case b.isBaseline():
		return true
	case a.pool != b.pool || a.layer != b.layer:
		return false
	case b.encoder == config.Random:
		return true
	default:
		return isPretrained(s.definition, a.encoder) && isPretrained(s.definition, b.encoder)
	}
}

// isJoint reports whether a classifier was trained to reconstruct, too.
func (s *setup) isJoint(classifier string) bool {
	return s.definition.Classifiers[classifier].IsJoint()
}

// verifyVerdicts compares the verdicts with those that the predictions give.
func (s *setup) verifyVerdicts(ctx context.Context, stage *stages.Stage, result *stages.Result, check func(stages.Check)) error {
	const what = "the comparisons that the predictions give"
	var kept report.Verdicts
	if err := result.Detail(verdictsStage, &kept); err != nil {
		check(stages.Compared(stage.Name, what, []string{err.Error()}))
		return nil
	}
	again, err := s.verdicts(ctx)
	if err != nil {
		check(stages.Compared(stage.Name, what, []string{err.Error()}))
		return nil
	}
	differences, err := stages.JSONDifferences(kept, again)
	if err != nil {
		return err
	}
	check(stages.Compared(stage.Name, what, differences))
	return nil
}
