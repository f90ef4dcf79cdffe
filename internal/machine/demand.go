package machine

import "path/filepath"

// A Demand is what a stage takes of the machine, in bytes: an estimate. Its
// float64s do not overflow, however absurd a definition is.
type Demand struct {
	// Files are the stage's files that hold arrays, by name, with a lower bound
	// of their size.
	Files map[string]float64
	// Rest is the size of the stage's other files.
	Rest float64
	// Memory is the stage's peak, without the program and the images.
	Memory float64
	// FLOPs are floating-point operations of an epoch of a training, roughly; 0 where
	// they were not estimated.
	FLOPs float64
	// Page is what a page that shows the stage's files adds to the run.
	Page float64
}

const (
	// fileBytes is what a file of arrays holds besides them: its header and
	// inputs, and the unused end of its last disk block.
	fileBytes = 12e3
	// stageBytes is a stage's result.json, its lock, and the folders of both.
	stageBytes = 32e3
)

// ToWrite is how many bytes the folder dir will still grow by: a lower bound
// and the estimate. Files that exist are overwritten, unless the stage starts in
// a fresh folder.
func (d Demand) ToWrite(dir string, fresh bool) (least, estimate float64) {
	for name, size := range d.Files {
		was := 0.0
		if !fresh {
			was = FileSize(filepath.Join(dir, name))
		}
		least += max(0, size-was)
		estimate += max(0, size+fileBytes-was)
	}
	return least, estimate + d.Rest + d.Page + stageBytes
}
