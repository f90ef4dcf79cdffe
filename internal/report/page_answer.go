package report

import (
	"fmt"
	"slices"
	"strings"

	"aeprobe/config"
	"aeprobe/internal/stats"
)

// An answer is what the run says to its question. It follows from the verdicts, never
// from which number is larger; which question is asked follows from what was trained.
type answer struct {
	Question string
	// Short is one sentence, with its reservations.
	Short string
	// Evidence are the numbers behind it, in words, and Compared several contenders next
	// to what they are compared with; nil where the words have them.
	Evidence []string
	Compared *tableBlock
}

func (p *pageMaker) answer() (answer, error) {
	var joint []string
	for _, c := range p.Classifiers {
		if c.Joint && !c.Unlabelled {
			joint = append(joint, c.Name)
		}
	}
	labels := p.labelsAlone()
	var learned []string
	for _, a := range p.Aggregations {
		learned = append(learned, a.Name)
	}
	for _, a := range p.Autoencoders {
		learned = append(learned, a.Name)
	}
	switch {
	case len(joint) > 0 && labels != nil:
		return p.jointAnswer(joint, labels.Name)
	case len(learned) > 0:
		return p.learnedAnswer(learned)
	case labels != nil:
		return p.labelsAnswer(labels.Name)
	default:
		return p.numbersAnswer(), nil
	}
}

// labelsAlone is the classifier whose random encoder is trained on the labels and on
// nothing else; nil if there is none.
func (p *pageMaker) labelsAlone() *ClassifierResult {
	for i, c := range p.Classifiers {
		if c.Encoder == config.Random && !c.Freeze && !c.Joint && !c.Unlabelled && c.Classify == "" {
			return &p.Classifiers[i]
		}
	}
	return nil
}

// randomFeatures is the linear classifier on a random encoder, frozen; nil if there is
// none.
func (p *pageMaker) randomFeatures() *ClassifierResult {
	for i, c := range p.Classifiers {
		if c.Encoder == config.Random && c.Freeze && c.Probe == "" {
			return &p.Classifiers[i]
		}
	}
	return nil
}

const untrained = "an encoder that was never trained"

// learnedAnswer is about encoders that were trained without labels.
func (p *pageMaker) learnedAnswer(learned []string) (answer, error) {
	a := answer{Question: "What do an auto-encoder’s features know about classes they were never told?"}
	if len(p.Aggregations) > 0 {
		a.Question = "What do features that were learned without labels know about the classes?"
	}
	all := p.ofFeatures(learned)
	if len(all) == 0 {
		c, err := p.ofFrozen(learned)
		if err != nil {
			return a, err
		}
		if c == nil {
			return p.numbersAnswer(), nil
		}
		all = []*contrasts{c}
	}
	short := claims(all)
	if all[0].probe == linearProbe { // which stops after a number of epochs
		short += ", as far as " + linearProbe + " reads them"
	}
	a.Short = p.withReservations(short)
	a.compare("features of", "a random encoder", all...)
	a.Evidence = append(a.Evidence, p.bounds()...)
	return a, nil
}

// ofFrozen are the verdicts on the report's linear classifiers on the encoders, against
// that on a random one; nil if there are none.
func (p *pageMaker) ofFrozen(learned []string) (*contrasts, error) {
	var frozen []string
	encoders := map[string]string{}
	for _, classifier := range p.Classifiers {
		if classifier.Freeze && classifier.Probe == "" && slices.Contains(learned, classifier.Encoder) {
			frozen = append(frozen, classifier.Name)
			encoders[classifier.Name] = classifier.Encoder
		}
	}
	random := p.randomFeatures()
	if random == nil || len(frozen) == 0 {
		return nil, nil
	}
	c, err := p.ofClassifiers(frozen, random.Name)
	if err != nil || len(c.verdicts) == 0 {
		return nil, err
	}
	for i := range c.verdicts {
		c.verdicts[i].A = encoders[c.verdicts[i].A]
	}
	return c, nil
}

// compare gives an answer its evidence: of several contrasts, which share their probe,
// each in turn. what says what the names are of, and against what all are compared with.
func (a *answer) compare(what, against string, all ...*contrasts) {
	if !slices.ContainsFunc(all, func(c *contrasts) bool { return len(c.verdicts) > 1 }) {
		for _, c := range all {
			a.Evidence = append(a.Evidence, c.evidence(what, against))
		}
		return
	}
	a.Evidence = []string{all[0].protocol()}
	a.Compared = &tableBlock{Header: []tableCell{{what, ""}, {"right, %", "num"}, {"difference", "num"}, {"95 % interval", "num"}, {"verdict", ""}}}
	for _, c := range all {
		a.Compared.Rows = append(a.Compared.Rows, c.rows(against)...)
	}
}

// bounds say what the numbers lie between: chance, the pixels themselves, the labels.
func (p *pageMaker) bounds() []string {
	parts := []string{fmt.Sprintf("chance is %.3g %%", 100/float64(max(len(p.Classes), 1)))}
	if f := p.Study.Find("pixel_pca", "logistic", p.Seed).Finding("logistic"); f != nil {
		parts = append(parts, fmt.Sprintf("a converged linear classifier on as many principal components of the pixels reaches %.1f %%", float64(f.Value)))
	}
	if labels := p.labelsAlone(); labels != nil {
		parts = append(parts, fmt.Sprintf("the same network trained with all labels reaches %.1f %%", p.meanAccuracy(labels.Name)))
	}
	return []string{sentence(strings.Join(parts, "; "))}
}

// meanAccuracy is a classifier's on the most images that it was tested on, the mean
// over the seeds.
func (p *pageMaker) meanAccuracy(name string) float64 {
	var values []float64
	for _, classifiers := range append([][]ClassifierResult{p.Classifiers}, p.repeated()...) {
		for _, c := range classifiers {
			if c.Name == name {
				values = append(values, float64(c.widest().Accuracy))
			}
		}
	}
	mean, _ := stats.MeanDeviation(values)
	return mean
}

func (p *pageMaker) repeated() [][]ClassifierResult {
	var all [][]ClassifierResult
	for _, repeat := range p.Repeats {
		all = append(all, repeat.Classifiers)
	}
	return all
}

// labelsAnswer is about training with the labels, where nothing was trained without.
func (p *pageMaker) labelsAnswer(labels string) (answer, error) {
	a := answer{Question: "How much do features know about the classes before an encoder is trained with labels, and after?"}
	random := p.randomFeatures()
	if random == nil {
		return p.numbersAnswer(), nil
	}
	c, err := p.ofClassifiers([]string{labels}, random.Name)
	if err != nil {
		return a, err
	}
	if len(c.verdicts) == 0 {
		return p.numbersAnswer(), nil
	}
	claim := map[stats.Verdict]string{
		stats.Better:     "the features of an encoder trained with the labels know more about the classes than those of " + untrained,
		stats.Worse:      "the features of an encoder trained with the labels know less about the classes than those of " + untrained,
		stats.CannotTell: "these data cannot tell whether training with the labels adds to what the features know about the classes",
	}
	a.Short = p.withReservations(claim[c.verdicts[0].Verdict])
	a.compare("features of", "a random encoder", c)
	a.Evidence = append(a.Evidence, sentence(fmt.Sprintf("chance is %.3g %%", 100/float64(max(len(p.Classes), 1)))))
	return a, nil
}

// numbersAnswer is for runs in which nothing is compared: it names the numbers.
func (p *pageMaker) numbersAnswer() answer {
	a := answer{Question: "What do the features know about the classes?"}
	var parts []string
	for _, c := range p.Classifiers {
		score := c.widest()
		parts = append(parts, fmt.Sprintf("%s is right in %.1f %% of %s test images", c.Name, float64(score.Accuracy), grouped(score.Images)))
	}
	if len(parts) == 0 {
		a.Question = "How well are images reconstructed that were never seen?"
		for _, r := range p.Autoencoders {
			for _, loss := range lossColumns {
				if _, has := r.Training.Test[loss]; has {
					parts = append(parts, fmt.Sprintf("%s reaches a test %s of %s", r.Name, strings.ToUpper(loss), r.Training.Test.Text(loss)))
					break
				}
			}
		}
	}
	if len(parts) == 0 {
		parts = []string{"the tables below have what was measured"}
	}
	a.Short = p.withReservations(inWords(parts))
	a.Evidence = []string{"Nothing was compared that a verdict could be on."}
	return a
}

func (p *pageMaker) withReservations(claim string) string {
	if reservations := p.reservations(); reservations != "" {
		claim = reservations + ": " + claim
	}
	return sentence(claim)
}
