package sweep

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden manifests of testdata")

// TestManifests compares what is printed for each engine with testdata, on the CPU
// and for a GPU. testdata/validate.sh holds these files against published schemas.
func TestManifests(t *testing.T) {
	s := sweepOf(24)
	s.Dir, s.ID = "/sweeps/my g", "0123abcd"
	s.Fixed.Threads, s.PerRun.Memory, s.Data = 2, 900_000_000, FixedData{Set: "cifar10", Path: "/data/cifar10", Fingerprint: "f"}
	for _, engine := range Engines() {
		for _, device := range []string{"cpu", "cuda"} {
			s.Device = device
			got, err := Manifest{Sweep: s, Program: "/opt/aeprobe", Pack: 5, AtMost: 3, Image: "registry/aeprobe:1", Volume: "sweeps"}.For(engine)
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", engine+"-"+device+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s:\n%s", golden, diff)
			}
		}
	}
}
