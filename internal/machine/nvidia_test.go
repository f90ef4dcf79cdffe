package machine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rootWith is a file system of the given files.
func rootWith(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for file, text := range files {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestNVIDIADriver(t *testing.T) {
	none, device := t.TempDir(), rootWith(t, map[string]string{"dev/nvidiactl": ""})
	known := rootWith(t, map[string]string{
		"proc/driver/nvidia/version":                       "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build\nGCC version: gcc 13.3.0\n",
		"proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ: 5\n",
	})
	got := []string{NVIDIADriver(none), NVIDIADriver(known), NVIDIADriver(device)}
	if diff := cmp.Diff([]string{"", "580.95.05", "of unknown version"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"NVIDIA H100 80GB HBM3"}, NVIDIAModels(known)); diff != "" {
		t.Error(diff)
	}
}
