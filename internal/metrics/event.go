package metrics

import "aeprobe/internal/machine"

// EventKind says what happened.
type EventKind string

// The kinds of events, in the order in which a stage sends them. Note says of a
// stage that it waits for another run's result, or took it; Warning is
// about a stage or the whole run; RunNeeds is about the whole run.
const (
	StageStarted  EventKind = "started"
	StageResumed  EventKind = "resumed"
	Progressed    EventKind = "progress"
	EpochEnded    EventKind = "epoch"
	StageFinished EventKind = "finished"
	StageUpToDate EventKind = "up to date"
	StageFailed   EventKind = "failed"
	StageSkipped  EventKind = "skipped"
	Note          EventKind = "note"
	Warning       EventKind = "warning"
	RunNeeds      EventKind = "needs"
)

// Event is something that happened in a run, for whoever shows its progress.
// Fields that a kind does not use are zero.
type Event struct {
	Kind  EventKind `json:"event"`
	Stage string    `json:"stage,omitempty"`
	// Epoch counts from 1; EpochEnded counts finished epochs.
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
	// Needs is the estimate of disk and memory, sent once when a run starts.
	Needs *machine.Needs `json:"needs,omitempty"`
}
