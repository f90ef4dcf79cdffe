package machine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var driverVersion = regexp.MustCompile(`\d+\.\d+(\.\d+)?`)

// NVIDIADriver returns the version of the NVIDIA driver, "of unknown version" if
// only its device exists, and "" if there is none. Root is / except in tests.
func NVIDIADriver(root string) string {
	text, err := os.ReadFile(filepath.Join(root, "proc/driver/nvidia/version"))
	if err == nil {
		if version := driverVersion.FindString(string(text)); version != "" {
			return version
		}
	}
	if _, deviceErr := os.Stat(filepath.Join(root, "dev/nvidiactl")); err == nil || deviceErr == nil {
		return "of unknown version"
	}
	return ""
}

// NVIDIAModels returns the names of the driver's GPUs, as far as it lists them: in
// some containers it lists none. Root is / except in tests.
func NVIDIAModels(root string) []string {
	files, _ := filepath.Glob(filepath.Join(root, "proc/driver/nvidia/gpus/*/information")) // the pattern is valid
	var models []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if name, found := strings.CutPrefix(line, "Model:"); found {
				models = append(models, strings.TrimSpace(name))
			}
		}
	}
	return models
}
