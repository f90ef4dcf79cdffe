package stages

// Verdict is the outcome of a Check.
type Verdict string

// The verdicts.
const (
	Equal     Verdict = "equal"
	Different Verdict = "different"
	// Absent is what has not been made yet, and nothing mentions.
	Absent Verdict = "not there yet"
	// Noted is what could not be checked, or what a reader of the other checks
	// should know.
	Noted Verdict = "note"
)

// Check is one thing that verification looked at.
type Check struct {
	// Subject is a stage or a file, by its name in the run directory.
	Subject string `json:"subject"`
	// What was compared with what, with the tolerance if there is one.
	What    string  `json:"what"`
	Verdict Verdict `json:"verdict"`
	// Differences say how it differs, or what to know.
	Differences []string `json:"differences,omitempty"`
}

// Compared is the check of a comparison that found these differences, or none.
func Compared(subject, what string, differences []string) Check {
	verdict := Equal
	if len(differences) > 0 {
		verdict = Different
	}
	return Check{Subject: subject, What: what, Verdict: verdict, Differences: differences}
}
