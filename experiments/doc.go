// Package experiments holds what a definition can ask for: it trains
// auto-encoders and classifiers, encodes images, projects features, and draws
// figures.
//
// [Run] unfolds a definition into stages by the table in kinds.go. What a part
// of a run is made of has a table of its own: objectives (losses), probes
// (classifiers), projections, figures. A new entry is a file and a line.
package experiments
