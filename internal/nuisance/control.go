package nuisance

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// ControlLabels is a control task (Hewitt and Liang 2019, section 2) for images, each of
// a type, a number from 0: every type gets a random class from 0 to before classes, and
// every image that of its type. Selectivity is a probe's accuracy on its task less that
// on the control task.
//
// Classes are uniform over types, not over images: of few types, or of sizes that
// differ, one class may have many more images than another. With the same seed a type
// has the same class, whichever types the images have, so that training and test
// images can be labelled apart.
func ControlLabels(types []int, classes int, seed uint64) ([]byte, error) {
	if classes < 1 || classes > 256 {
		return nil, fmt.Errorf("a control task of %d classes: pass 1 to 256", classes)
	}
	if len(types) == 0 {
		return nil, nil
	}
	if least := slices.Min(types); least < 0 {
		return nil, fmt.Errorf("an image of type %d: types count from 0", least)
	}
	r := rand.New(rand.NewPCG(seed, 0))
	classOf := make([]byte, slices.Max(types)+1)
	for i := range classOf {
		classOf[i] = byte(r.IntN(classes))
	}
	labels := make([]byte, len(types))
	for i, kind := range types {
		labels[i] = classOf[kind]
	}
	return labels, nil
}
