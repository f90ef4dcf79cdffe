// Package pairs measures whether features tell if two images are of the same
// class, on classes that an encoder need never have seen, as Labeled Faces in the
// Wild does for persons (Huang et al., 2007): pairs in folds that share no image,
// the ROC curve of a similarity, and the accuracy of each fold at the threshold
// that is best on the other folds. Its twin is recall at k, which ranks all images
// by their similarity with each.
//
// Pairs depend on labels, options and seed alone, never on features: every encoder
// gets the same. Every distinct score is a threshold, so that only the order of
// scores matters, and not their scale.
package pairs

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"slices"
)

// Pair is two images, by row.
type Pair struct {
	A, B int
	// Same tells whether they are of one class.
	Same bool
}

// Set is pairs in folds.
type Set struct {
	// Folds share no image, but an image can be in several pairs of its fold. In
	// each, pairs of one class come first, followed by as many of different ones.
	Folds [][]Pair
	// Hash is the SHA-256 of all pairs in their order, in hexadecimal. Each adds A
	// and B, as 4 bytes, little-endian, and a byte that is 1 for the same class.
	Hash string
}

// Options of Draw.
type Options struct {
	// Classes are those whose images are paired.
	Classes []byte
	// Others, if there are any, are the classes of the second image of each pair
	// of different classes. Unseen classes as Classes and seen ones as Others pit
	// pairs of one unseen class against pairs of an unseen and a seen one, which
	// are never the same. With the same seed, the pairs of one class are those
	// drawn without Others.
	Others []byte
	// Folds is 2 or more; 10 are customary.
	Folds int
	// PerFold is the most pairs of each kind that a fold gets; 300 are customary.
	PerFold int
	Seed    uint64
}

// Draw draws pairs of rows whose classes labels tells, each at most once and all
// with the same probability: in every fold and of each kind, PerFold, or as many
// as the fold with the fewest allows. It lists all pairs of a fold's images, which
// takes up to 30 MB for 1,000 of them.
func Draw(labels []byte, o Options) (*Set, error) {
	if err := o.check(labels); err != nil {
		return nil, err
	}
	n := o.PerFold
	var same, different [][]Pair
	for i, f := range deal(labels, o) {
		ofOne, ofTwo := f.pairs(labels, len(o.Others) > 0)
		n = min(n, len(ofOne), len(ofTwo))
		same = append(same, choose(generator(o.Seed, drawingSame, i), ofOne, o.PerFold))
		different = append(different, choose(generator(o.Seed, drawingDifferent, i), ofTwo, o.PerFold))
	}
	if n == 0 {
		return nil, o.tooFew()
	}
	s := &Set{Folds: make([][]Pair, o.Folds)}
	for i := range s.Folds {
		s.Folds[i] = slices.Concat(same[i][:n], different[i][:n])
	}
	s.Hash = hashOf(s.Folds)
	return s, nil
}

// fold is images, by row.
type fold struct{ classes, others []int }

// deal shuffles each class's images and deals them to the folds in turn.
func deal(labels []byte, o Options) []fold {
	folds := make([]fold, o.Folds)
	shuffled := func(class byte) []int {
		images := rowsOf(labels, class)
		return choose(generator(o.Seed, dealing, int(class)), images, len(images))
	}
	for _, class := range slices.Sorted(slices.Values(o.Classes)) {
		for i, image := range shuffled(class) {
			f := &folds[i%o.Folds]
			f.classes = append(f.classes, image)
		}
	}
	for _, class := range slices.Sorted(slices.Values(o.Others)) {
		for i, image := range shuffled(class) {
			f := &folds[i%o.Folds]
			f.others = append(f.others, image)
		}
	}
	return folds
}

func rowsOf(labels []byte, classes ...byte) (rows []int) {
	for i, label := range labels {
		if slices.Contains(classes, label) {
			rows = append(rows, i)
		}
	}
	return rows
}

// pairs are all that the fold allows.
func (f fold) pairs(labels []byte, withOthers bool) (same, different []Pair) {
	for i, a := range f.classes {
		for _, b := range f.classes[i+1:] {
			if labels[a] == labels[b] {
				same = append(same, Pair{a, b, true})
			} else if !withOthers {
				different = append(different, Pair{a, b, false})
			}
		}
		for _, b := range f.others {
			different = append(different, Pair{a, b, false})
		}
	}
	return same, different
}

// What generators of one seed are for: what one draws is the same, however much
// another draws.
const (
	dealing = iota << 32
	drawingSame
	drawingDifferent
	resampling
)

func generator(seed, purpose uint64, number int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, purpose+uint64(number)))
}

// choose draws n distinct values, or all if there are fewer, in random order. It
// reorders from.
func choose[T any](r *rand.Rand, from []T, n int) []T {
	n = min(n, len(from))
	for i := range n {
		j := i + r.IntN(len(from)-i)
		from[i], from[j] = from[j], from[i]
	}
	return slices.Clone(from[:n])
}

func hashOf(folds [][]Pair) string {
	h := sha256.New()
	for _, p := range slices.Concat(folds...) {
		record := binary.LittleEndian.AppendUint32(nil, uint32(p.A))
		record = append(binary.LittleEndian.AppendUint32(record, uint32(p.B)), 0)
		if p.Same {
			record[8] = 1
		}
		h.Write(record)
	}
	return hex.EncodeToString(h.Sum(nil))
}
