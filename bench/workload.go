package bench

// A workload is a training that every contender runs.
type workload struct {
	// name is for Options.Only, title for people.
	name, title string
	// mode and loss, by the scripts' names.
	mode, loss string
	batch      int
	// epochs are timed, after a first one that is not. original.py may run
	// fewer: it is slow, and its epochs are all alike.
	epochs, originalEpochs int
	// sideBySide is the number of such trainings; as many run at once as there
	// are cores, and on a GPU all.
	sideBySide int
	// seeds, if not 0, are how many aeprobe trains in one run, whose epochs it takes
	// ourEpochs of to time.
	seeds, ourEpochs int
	// oursOnly workloads are not run by the scripts, and noOriginal not by original.py.
	oursOnly, noOriginal bool
	// warm is how many epochs are left out before those that are timed: 1 if it is 0.
	warm int
	// peersOnly workloads only serve to compute the peers' whole report;
	// aeprobe's is measured.
	peersOnly bool
	// ourWays are the flags that aeprobe is run with, each in a series of its own; none
	// is one series without flags. tunedWays are those that tuned.py is tried with.
	ourWays, tunedWays []string
}

// The modes of the scripts.
const (
	modeAutoencoder = "autoencoder"
	modeEndToEnd    = "end_to_end"
	modeFrozen      = "random"
)

// The workloads' names.
const (
	batch16  = "batch16"
	together = "together"
	batch128 = "batch128"
	endToEnd = "end_to_end"
	frozen   = "frozen"
	lossL1   = "l1"
	lossMSE  = "mse"
)

var workloads = []workload{
	{name: batch16, title: "one auto-encoder, batch 16", mode: modeAutoencoder, loss: "bce", batch: 16, epochs: 1,
		tunedWays: []string{"", "--logits", "--logits --threads 1", "--logits --compile"}},
	{name: together, title: "auto-encoders side by side, batch 16", mode: modeAutoencoder, loss: "bce", batch: 16, epochs: 1,
		sideBySide: 3, tunedWays: []string{"--logits", "--logits --compile"}},
	{name: batch128, title: "one auto-encoder, batch 128", mode: modeAutoencoder, loss: "bce", batch: 128, epochs: 1,
		tunedWays: []string{"--logits", "--logits --compile"}},
	{name: endToEnd, title: "end-to-end classifier, batch 16", mode: modeEndToEnd, batch: 16, epochs: 1,
		tunedWays: []string{"", "--threads 1", "--compile"}},
	{name: frozen, title: "frozen classifier, batch 16", mode: modeFrozen, batch: 16, epochs: 20, originalEpochs: 1,
		tunedWays: []string{"", "--threads 1", "--compile"}},
	{name: lossL1, title: "one auto-encoder, batch 16, L1", mode: modeAutoencoder, loss: "l1", batch: 16, epochs: 1,
		peersOnly: true, tunedWays: []string{"", "--compile"}},
	{name: lossMSE, title: "one auto-encoder, batch 16, MSE", mode: modeAutoencoder, loss: "mse", batch: 16, epochs: 1,
		peersOnly: true, tunedWays: []string{"", "--compile"}},
}

// processes is how many of w's trainings the scripts run at once.
func (b *bench) processes(w workload) int {
	if b.onGPU() {
		return max(1, w.sideBySide)
	}
	return w.atOnce(b.Threads)
}

// atOnce is how many of w's trainings run at once on the given cores.
func (w workload) atOnce(cores int) int { return max(1, min(w.sideBySide, cores)) }

// timed is the number of a contender's epochs that are timed.
func (w workload) timed(contender string) int {
	if contender == Original && w.originalEpochs > 0 {
		return w.originalEpochs
	}
	return w.epochs
}

// A training is one network's, as its contender reported it.
type training struct {
	// seconds of each epoch's training, data included, tests not.
	seconds []float64
	// encodeSeconds were spent before on features that a frozen classifier
	// trains on, testSeconds on the last test.
	encodeSeconds, testSeconds float64
}

// rate is the images per second of the epochs after the first ones, given the images per
// epoch.
func (t training) rate(images, warm int) float64 {
	var sum float64
	for _, s := range t.seconds[warm:] {
		sum += s
	}
	return float64(images*(len(t.seconds)-warm)) / sum
}

// warmEpochs are those that are not timed.
func (w workload) warmEpochs() int { return max(1, w.warm) }
