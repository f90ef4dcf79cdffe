// Package experiments does what the report did: it trains auto-encoders,
// encodes images, projects the features, trains classifiers on them, tests and
// tabulates.
//
// [Run] unfolds a definition to stages. Each stage has a folder in the run
// directory and is done when its result.json is there and was made from the
// same things; a training stage that was interrupted goes on from its newest
// checkpoint. train.go is the heart: every number in the table comes out of
// that loop.
package experiments
