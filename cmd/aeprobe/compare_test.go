package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"aeprobe/internal/weights"
)

// content counts what was compared.
type content struct{ files, tensors, metrics int }

func (c content) String() string {
	return fmt.Sprintf("%d files, in them %d tensors bit for bit and %d lines of metrics", c.files, c.tensors, c.metrics)
}

// compareRuns lists the differences between two run directories, except in
// times.
func compareRuns(want, got string) (differences []string, c content, err error) {
	wanted, err := filesOf(want)
	if err != nil {
		return nil, c, err
	}
	found, err := filesOf(got)
	if err != nil {
		return nil, c, err
	}
	for _, name := range union(wanted, found) {
		switch {
		case !found[name]:
			differences = append(differences, name+" is missing")
			continue
		case !wanted[name]:
			differences = append(differences, name+" is unexpected")
			continue
		}
		a, err := parts(filepath.Join(want, name))
		if err != nil {
			return nil, c, err
		}
		b, err := parts(filepath.Join(got, name))
		if err != nil {
			differences = append(differences, err.Error())
			continue
		}
		for _, part := range union(a, b) {
			if a[part] != b[part] {
				differences = append(differences, fmt.Sprintf("%s: %s differs", name, part))
			}
		}
		c.files++
		switch filepath.Ext(name) {
		case ".safetensors":
			c.tensors += len(a)
		case ".jsonl":
			c.metrics += len(a)
		}
	}
	return differences, c, nil
}

// locks name the last processes.
const locks = ".locks"

func filesOf(dir string) (map[string]bool, error) {
	files := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Name() == locks {
			return fs.SkipDir
		}
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files[name] = true
		return err
	})
	return files, err
}

// union is the sorted keys of a and b.
func union[V any](a, b map[string]V) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

// Times in JSON and in the page, and lengths and checksums that depend on them.
var (
	clocks = regexp.MustCompile(`"(seconds|images_per_second|metrics_bytes)": ?[-+.0-9e]+|` +
		`"(metrics.jsonl|state.safetensors|state.previous.safetensors)": ?"[0-9a-f]+"`)
	pageClocks = regexp.MustCompile(`<td class="num"><span>[^<]* (s|min|h)</span></td><td class="num"><span>\d+</span></td>`)
)

// parts splits a file into what is compared separately: tensors, lines, or the
// whole.
func parts(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	switch filepath.Ext(path) {
	case ".safetensors":
		f, err := weights.Read(path)
		if err != nil {
			return nil, err
		}
		for name, a := range f.Tensors {
			all["tensor "+name] = fmt.Sprintf("%s %v %s", a.DType, a.Shape, a.Data)
			if name == "metrics" { // the lines of metrics.jsonl so far
				all["tensor "+name] = clocks.ReplaceAllString(string(a.Data), "")
			}
		}
		for key, value := range f.Metadata {
			all["metadata "+key] = clocks.ReplaceAllString(value, "")
		}
	case ".jsonl":
		for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
			all["line "+strconv.Itoa(i+1)] = clocks.ReplaceAllString(line, "")
		}
	case ".json":
		all["text"] = string(clocks.ReplaceAll(text, nil))
	case ".html":
		all["text"] = string(pageClocks.ReplaceAll(text, nil))
	default:
		all["content"] = string(text)
	}
	return all, nil
}
