package report

import (
	"fmt"
	"slices"

	"aeprobe/internal/stats"
)

// fewDiscordant is how many images that one contender alone is right about are too few
// to be drawn from: without any, each bootstrap finds the same difference, 0.
const fewDiscordant = 10

func isFew(v Verdict) bool {
	return v.Seeds == 1 && v.Discordant != nil && v.Discordant.OnlyA+v.Discordant.OnlyB < fewDiscordant
}

// intervalOf is what tables and the page show: the verdict's own, or Tango's where that
// rests on too few images.
func intervalOf(v Verdict) stats.Interval {
	if !isFew(v) {
		return v.Interval
	}
	i := stats.Tango(v.Discordant.OnlyA, v.Discordant.OnlyB, v.Images, 0.95)
	return stats.Interval{Low: 100 * i.Low, High: 100 * i.High}
}

// byScore says which intervals are Tango's; empty if none is.
func byScore(verdicts []Verdict) string {
	if !slices.ContainsFunc(verdicts, isFew) {
		return ""
	}
	return fmt.Sprintf(" (Tango’s score interval where fewer than %d images tell the two apart)", fewDiscordant)
}
