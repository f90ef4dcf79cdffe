package experiments

import "fmt"

// EventKind is what an Event tells of.
type EventKind string

// The kinds of events, in the order a stage sends them. Warning can be of a
// stage or of the whole run, as RunNeeds is.
const (
	StageStarted  EventKind = "started"
	StageResumed  EventKind = "resumed"
	Progressed    EventKind = "progress"
	EpochEnded    EventKind = "epoch"
	StageFinished EventKind = "finished"
	StageUpToDate EventKind = "up to date"
	StageFailed   EventKind = "failed"
	StageSkipped  EventKind = "skipped"
	Warning       EventKind = "warning"
	RunNeeds      EventKind = "needs"
)

// Event is something that happened in a run, for whoever shows its progress.
// Fields that say nothing for a kind are zero.
type Event struct {
	Kind  EventKind `json:"event"`
	Stage string    `json:"stage,omitempty"`
	// Epoch counts from 1; after EpochEnded that many are done.
	Epoch  int `json:"epoch,omitempty"`
	Epochs int `json:"epochs,omitempty"`
	// Step of Steps in the epoch.
	Step  int `json:"step,omitempty"`
	Steps int `json:"steps,omitempty"`
	// Loss is the epoch's mean training loss so far.
	Loss   float64 `json:"loss,omitempty"`
	Scores Scores  `json:"test,omitempty"`
	// ImagesPerSecond is the rate of training steps, tests left out.
	ImagesPerSecond float64 `json:"images_per_second,omitempty"`
	// Seconds spent in training steps so far.
	Seconds float64 `json:"seconds,omitempty"`
	Message string  `json:"message,omitempty"`
	// Needs are what the run will take, told once at its beginning.
	Needs *Needs `json:"needs,omitempty"`
}

// Scores are what a test measured, by name: bce, l1 and mse (means over the
// test images) of an auto-encoder, cross_entropy (mean) and accuracy (percent)
// of a classifier.
type Scores map[string]float64

// EpochMetrics is one line of a training stage's metrics.jsonl.
type EpochMetrics struct {
	// Epoch counts from 1.
	Epoch int `json:"epoch"`
	// Loss is the mean training loss over the epoch's examples.
	Loss float64 `json:"loss"`
	// Test is nil for an epoch that was not tested.
	Test Scores `json:"test,omitempty"`
	// Seconds spent in training steps since the first epoch began.
	Seconds float64 `json:"seconds"`
}

// NonFiniteError says that a loss became NaN or infinite. The checkpoint of
// the last finite loss is kept.
type NonFiniteError struct {
	// Epoch and Step count from 1.
	Epoch, Step  int
	LearningRate float64
}

func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("the loss is not a finite number at epoch %d, step %d, with learning rate %g\n"+
		"lower the learning rate; the last checkpoint before it is kept", e.Epoch, e.Step, e.LearningRate)
}
