package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// generated is gotch's file of wrappers, one C function per operator.
const generated = "torch_api_generated.cpp.h"

// leaveOut finds the wrappers that don't compile with this libtorch, by asking
// the compiler, makes each one report that it isn't available, and returns
// their names.
func leaveOut(cxx compiler, work string, a Adaptation) ([]string, error) {
	folder := filepath.Join(work, "libtch")
	output := cxx.check(folder, "torch_api.cpp", a)
	if output == "" {
		return nil, nil
	}
	path := filepath.Join(folder, generated)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines, err := faultyLines(output)
	if err != nil {
		return nil, err
	}
	source, names, err := replaceBodies(string(text), lines)
	if err != nil {
		return nil, err
	}
	return names, os.WriteFile(path, []byte(source), 0o644)
}

func foreign(message string) error {
	return fmt.Errorf("gotch's wrappers don't compile with this libtorch: %s\n  name another libtorch in LIBTORCH, or set AEPROBE_LIBTORCH_VERSION (see --help)", message)
}

var (
	inGenerated = regexp.MustCompile(regexp.QuoteMeta(generated) + `:(\d+):`)
	functionAt  = regexp.MustCompile(`^(\w[\w ]*?\**) ?\**(atg_\w+)\(.*\) \{$`)
)

// faultyLines reads a compiler's output and returns the lines of the generated
// file, from 1, that its errors come from. An error in one of libtorch's own
// headers belongs to the line whose template it was: g++ names that line
// before the error ("required from here"), clang after it ("requested here").
func faultyLines(output string) ([]int, error) {
	var found []int
	here := 0       // the generated line named since the last error
	var open string // an error whose line is yet to come
	for line := range strings.Lines(output) {
		number := 0
		if m := inGenerated.FindStringSubmatch(line); m != nil {
			number, _ = strconv.Atoi(m[1])
		}
		if !strings.Contains(line, "error:") {
			if number != 0 && open != "" && strings.Contains(line, "note:") {
				found, open, number = append(found, number), "", 0
			}
			if strings.Contains(line, "required from") {
				here = max(number, here)
			}
			continue
		}
		if open != "" {
			return nil, foreign(open)
		}
		switch {
		case number != 0:
			found = append(found, number)
		case here != 0:
			found = append(found, here)
		default:
			open = strings.TrimSpace(line)
		}
		here = 0
	}
	if open != "" {
		return nil, foreign(open)
	}
	if len(found) == 0 {
		return nil, foreign(firstError(output))
	}
	return found, nil
}

// replaceBodies gives the functions around the given lines of the generated
// source, from 1, a body that throws, and returns the new source and the
// functions' names in order.
func replaceBodies(source string, lines []int) (string, []string, error) {
	lines = slices.Compact(slices.Sorted(slices.Values(lines)))
	var out strings.Builder
	var names []string
	rest := strings.SplitAfter(source, "\n")
	for at := 0; at < len(rest); {
		m := functionAt.FindStringSubmatch(strings.TrimRight(rest[at], "\n"))
		if m == nil {
			out.WriteString(rest[at])
			at++
			continue
		}
		end := at + 1
		for end < len(rest) && rest[end] != "}\n" {
			end++
		}
		if end == len(rest) {
			return "", nil, errors.New("gotch's generated wrappers have a function without end\n  pin gotch v0.9.1 in go.mod")
		}
		faulty := false
		for len(lines) > 0 && lines[0]-1 <= end {
			faulty = faulty || lines[0]-1 >= at
			if lines[0]-1 < at {
				return "", nil, foreign(fmt.Sprintf("error outside of a function at %s:%d", generated, lines[0]))
			}
			lines = lines[1:]
		}
		if faulty {
			names = append(names, m[2])
			out.WriteString(rest[at] + throwing(m[1], m[2]))
		} else {
			out.WriteString(strings.Join(rest[at:end+1], ""))
		}
		at = end + 1
	}
	if len(lines) > 0 {
		return "", nil, foreign(fmt.Sprintf("error outside of a function at %s:%d", generated, lines[0]))
	}
	return out.String(), names, nil
}

// throwing is the body, with its closing brace, of a function that isn't
// there. PROTECT turns the exception into gotch's error.
func throwing(returns, name string) string {
	body := fmt.Sprintf("  PROTECT(throw std::runtime_error(%q);)\n", name+" is not available in this libtorch")
	if returns != "void" {
		body += "  return 0;\n"
	}
	return body + "}\n"
}
