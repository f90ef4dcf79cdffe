package experiments

import (
	"testing"

	"aeprobe/internal/torch"
)

// Runs of one sweep share a folder; whose stages would have other bits, have another
// one in it.
func TestOnlyTheSameMachineryShares(t *testing.T) {
	definition := smallReport(t)
	data := smallData(t, definition)
	folder := func(o Options) string { return newSetup(definition, data, o).dir.Shared }
	one := Options{Dir: t.TempDir(), Device: torch.CPU, Threads: 1, Shared: "shared"}
	other := one
	other.Dir = t.TempDir()
	if folder(one) != folder(other) {
		t.Errorf("two runs alike share %s and %s", folder(one), folder(other))
	}
	for what, change := range map[string]func(*Options){
		"more threads": func(o *Options) { o.Threads = 64 },
		"autograd":     func(o *Options) { o.Autograd = true },
		"a GPU":        func(o *Options) { o.Device = torch.Device{CUDA: 0} },
	} {
		o := one
		if change(&o); folder(o) == folder(one) {
			t.Errorf("%s: shares %s, too", what, folder(o))
		}
	}
	one.Shared = ""
	if got := folder(one); got != "" {
		t.Errorf("shares %s, though nothing was to be shared", got)
	}
}
