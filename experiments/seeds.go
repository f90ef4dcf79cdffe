package experiments

import (
	"fmt"

	"aeprobe/config"
)

// This file repeats a definition with further seeds. The rule: what the first seed
// makes lies where it would lie without the others, so that a finished run can
// get seeds later.

// seedsFolder holds the stages of every seed but the first, each in a folder of
// its own.
const seedsFolder = "seeds"

// seedsOf are a definition's seeds, one or more.
func seedsOf(d *config.Definition) []uint64 {
	if len(d.Seeds) == 0 {
		return []uint64{d.Seed}
	}
	return d.Seeds
}

// repeats are s with each of the definition's seeds, s itself first.
func (s *setup) repeats() []*setup {
	all := []*setup{s}
	for _, seed := range seedsOf(s.definition)[1:] {
		repeat := *s
		repeat.seed = seed
		all = append(all, &repeat)
	}
	return all
}

// seedFolder is the beginning of the names of a seed's stages.
func (s *setup) seedFolder() string {
	if s.seed == s.definition.Seed {
		return ""
	}
	return fmt.Sprintf("%s/%d/", seedsFolder, s.seed)
}
