package report

import (
	"encoding/json"
	"math"
)

// Measured is what one measure of a study found of one set of features.
type Measured struct {
	// Features name the set: an encoder or a baseline, and its pool, as in
	// "bce-avg".
	Features string `json:"features"`
	Encoder  string `json:"encoder"`
	// Pool is empty for a baseline.
	Pool string `json:"pool,omitempty"`
	// Layer is the layer whose output the features are, as in "decoder.3"; empty
	// for the encoder's.
	Layer string `json:"layer,omitempty"`
	// Epoch is that of the training after which the encoder was measured; 0 for
	// its end.
	Epoch int `json:"epoch,omitempty"`
	// Width is the number of features of an image.
	Width int `json:"width"`
	// Seed is the encoder's; nil for a baseline, which has none.
	Seed *uint64 `json:"seed,omitempty"`
	// ByPlan tells that the encoder ran by plan, which rounds differently.
	ByPlan bool `json:"by_plan,omitempty"`

	Measure string `json:"measure"`
	// Protocol is how it was measured, in a sentence or two.
	Protocol string    `json:"protocol"`
	Findings []Finding `json:"findings"`
	// Notes are what a reader of the numbers must know.
	Notes []string `json:"notes,omitempty"`
	// Details are what else was measured, in a form of the measure's own.
	Details json.RawMessage `json:"details,omitempty"`
	Source  Source          `json:"source"`
}

// Finding is one number.
type Finding struct {
	// Name tells it from the measure's others, such as "k = 20".
	Name string `json:"name"`
	// Value is NaN, null in JSON, where it is undefined.
	Value Number `json:"value"`
	// Unit is "%" or empty.
	Unit string `json:"unit,omitempty"`
	// Low and High are the 95 % interval's ends, nil where there is none.
	Low  *float64 `json:"low,omitempty"`
	High *float64 `json:"high,omitempty"`
	// N is how many it is from, and Of what they are: test images where it is
	// empty.
	N  int    `json:"n"`
	Of string `json:"of,omitempty"`
	// Predictions is the file, in the stage's folder, of the class predicted for
	// each test image; empty where none was.
	Predictions string `json:"predictions,omitempty"`
	// Scores is the file, in the stage's folder, of the score of each fold or episode;
	// empty where there is none.
	Scores string `json:"scores,omitempty"`
	// Compared tells that the predictions or scores are compared between features.
	Compared bool `json:"compared,omitempty"`
}

// Number is a float64 whose NaN is null in JSON.
type Number float64

// MarshalJSON writes NaN as null.
func (n Number) MarshalJSON() ([]byte, error) { return Percent(n).MarshalJSON() }

// UnmarshalJSON reads null as NaN.
func (n *Number) UnmarshalJSON(text []byte) error { return (*Percent)(n).UnmarshalJSON(text) }

// IsNaN reports whether there is no number.
func (n Number) IsNaN() bool { return math.IsNaN(float64(n)) }

// Similarity is how alike features of the same images are.
type Similarity struct {
	// Names are the sets of features that rows and columns belong to.
	Names  []string `json:"names"`
	Images int      `json:"images"`
	ByPlan bool     `json:"by_plan,omitempty"`
	// Biased and Debiased are linear CKAs, [names][names]; the first is above 0
	// for unrelated features, the second is not.
	Biased   [][]float64 `json:"biased"`
	Debiased [][]float64 `json:"debiased"`
	Source   Source      `json:"source,omitzero"`
}

// Study are all that a study found, in the order of the definition.
type Study []Measured

// Find is what a measure found of a set of features of a seed, or nil. A
// baseline has no seed.
func (s Study) Find(features, measure string, seed uint64) *Measured {
	for i := range s {
		m := &s[i]
		if m.Features == features && m.Measure == measure && (m.Seed == nil || *m.Seed == seed) {
			return m
		}
	}
	return nil
}

// OfMeasure are what one measure found, in order.
func (s Study) OfMeasure(measure string) []Measured {
	var all []Measured
	for _, m := range s {
		if m.Measure == measure {
			all = append(all, m)
		}
	}
	return all
}

// Finding is the one of that name, or nil.
func (m *Measured) Finding(name string) *Finding {
	if m == nil {
		return nil
	}
	for i := range m.Findings {
		if m.Findings[i].Name == name {
			return &m.Findings[i]
		}
	}
	return nil
}
