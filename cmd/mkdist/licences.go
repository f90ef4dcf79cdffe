package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// bundledLicences says under which terms libtorch's libraries come: the cache has them
// without the texts, which lie beside a PyTorch that pip installed.
const bundledLicences = `lib/aeprobe/torch holds libraries of PyTorch, under its BSD-style licence:
https://github.com/pytorch/pytorch/blob/main/LICENSE
libgomp.so.1 is GCC's, under the GPL with the GCC Runtime Library Exception:
https://www.gnu.org/licenses/gcc-exception-3.1.html
lib/aeprobe/nvidia holds redistributable libraries of the CUDA Toolkit, under its licence:
https://docs.nvidia.com/cuda/eula/
`

// copyLicences copies the licences of Go's library, of all modules that the program is
// made of, and of libtorch where they lie in the folder above it, one folder each.
func copyLicences(folder, aboveTorch string) error {
	text, err := exec.Command("go", "list", "-deps", "-json=Module,Standard", "./cmd/aeprobe").Output()
	if err != nil {
		return fmt.Errorf("list the modules: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	seen := map[string]bool{}
	for {
		var p struct {
			Module *struct{ Path, Dir, Version string }
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return fmt.Errorf("list the modules: %w", err)
		}
		if m := p.Module; m != nil && m.Version != "" && !seen[m.Path] {
			seen[m.Path] = true
			if err := copyTexts(m.Dir, filepath.Join(folder, filepath.FromSlash(m.Path))); err != nil {
				return fmt.Errorf("%s: %w", m.Path, err)
			}
		}
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find Go: %w", err)
	}
	if err := copyTexts(strings.TrimSpace(string(root)), filepath.Join(folder, "go")); err != nil {
		return fmt.Errorf("Go: %w", err)
	}
	for _, pattern := range []string{"torch-*", "nvidia_cuda_cupti*", "nvidia_cuda_runtime*"} {
		texts, err := filepath.Glob(filepath.Join(aboveTorch, pattern+".dist-info", "licenses"))
		if err != nil {
			return err
		}
		for _, from := range texts {
			if err := copyTexts(from, filepath.Join(folder, filepath.Base(filepath.Dir(from)))); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(folder, "libtorch.txt"), []byte(bundledLicences), 0o644)
}

// copyTexts copies the licences and notices in a folder. There is at least one.
func copyTexts(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	copied := 0
	for _, e := range entries {
		name := strings.ToUpper(e.Name())
		isText := slices.ContainsFunc([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "PATENTS", "UNLICENSE"}, func(begin string) bool {
			return strings.HasPrefix(name, begin)
		})
		if !isText || e.IsDir() {
			continue
		}
		copied++
		if err := copyFile(filepath.Join(from, e.Name()), filepath.Join(to, e.Name()), 0o644); err != nil {
			return err
		}
	}
	if copied == 0 {
		return fmt.Errorf("no licence in %s", from)
	}
	return nil
}
