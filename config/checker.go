package config

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// checker collects the problems of several sources taken together.
type checker struct {
	sources []*source
	// file is the index of the source that the user named.
	file     int
	problems []Problem
}

// add records a problem that the values of several keys cause together. It
// points at the key that was set last, because that is the one the user
// changed: a flag rather than a file, a file rather than its base.
func (c *checker) add(message, hint string, keys ...string) {
	last, source, at := "", -1, (*yaml.Node)(nil)
	for _, key := range keys {
		if c.isSpoiled(key) {
			return
		}
		if i, node := c.locate(key); i > source {
			last, source, at = key, i, node
		}
	}
	c.problems = append(c.problems, c.sources[source].problem(last, at, message, hint))
}

// isSpoiled reports whether the key's value has a problem already.
func (c *checker) isSpoiled(key string) bool {
	return slices.ContainsFunc(c.sources, func(s *source) bool { return s.isSpoiled(key) })
}

// isAllSpoiled reports whether the problems so far hide everything else.
func (c *checker) isAllSpoiled() bool {
	return slices.ContainsFunc(c.sources, func(s *source) bool { return slices.Contains(s.spoiled, "") })
}

// locate returns the source that a key's value comes from, and its place there.
// A missing key belongs to the file that the user named, or to the source that
// has more of the mappings around it.
func (c *checker) locate(key string) (int, *yaml.Node) {
	path := splitKey(key)
	for i, s := range slices.Backward(c.sources) {
		if p := s.locate(path); p.inList || p.depth == len(path) {
			return i, p.node()
		}
	}
	best, bestPlace := c.file, c.sources[c.file].locate(path)
	for i, s := range c.sources {
		if p := s.locate(path); p.depth > bestPlace.depth && s.name != defaultsName {
			best, bestPlace = i, p
		}
	}
	return best, bestPlace.node()
}

// has reports whether any source has the key.
func (c *checker) has(key string) bool {
	path := splitKey(key)
	return slices.ContainsFunc(c.sources, func(s *source) bool { return s.locate(path).depth == len(path) })
}

// addMismatch records that the merged values violate the schema.
func (c *checker) addMismatch(m mismatch) {
	_, node := c.locate(joinKey(m.path))
	message, hint := m.explain(node)
	c.add(message, hint, joinKey(m.path))
}
