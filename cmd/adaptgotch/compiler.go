package main

import (
	"fmt"
	"os/exec"
	"strings"
)

// compiler is a C++ compiler with libtorch's headers.
type compiler struct {
	command  []string // program and what Go's CXX says beside it
	includes []string
}

func compilerFor(command string, includes []string) compiler {
	c := compiler{command: strings.Fields(command)}
	for _, folder := range includes {
		c.includes = append(c.includes, "-isystem", folder)
	}
	return c
}

// standard is the oldest C++ standard that libtorch's headers accept: they
// refuse older ones with #error, so the preprocessor alone can tell.
func (c compiler) standard() (string, error) {
	var refusal string
	for _, std := range []string{"c++17", "c++20", "c++23"} {
		output, err := c.run("#include <ATen/ATen.h>\n", "-std="+std, "-E", "-o", "/dev/null")
		if err == nil {
			return std, nil
		}
		refusal = firstError(output)
	}
	return "", fmt.Errorf("%s can't read libtorch's headers: %s\n  install a newer g++ (12 or later is tested), or name another libtorch in LIBTORCH",
		strings.Join(c.command, " "), refusal)
}

// check returns everything that the compiler has to say against a source file,
// without compiling it; "" means nothing.
func (c compiler) check(folder, file string, a Adaptation) string {
	flags := []string{"-fsyntax-only", "-w", c.allErrors(), "-std=" + a.Standard, "-I", folder}
	if a.CXX11ABI != "" {
		flags = append(flags, "-D_GLIBCXX_USE_CXX11_ABI="+a.CXX11ABI)
	}
	output, err := c.run(fmt.Sprintf("#include %q\n", file), flags...)
	if err == nil {
		return ""
	}
	return output
}

// allErrors is the flag against giving up early, which clang spells otherwise.
func (c compiler) allErrors() string {
	version, _ := exec.Command(c.command[0], "--version").Output()
	if strings.Contains(string(version), "clang") {
		return "-ferror-limit=0"
	}
	return "-fmax-errors=0"
}

func (c compiler) run(source string, flags ...string) (output string, err error) {
	args := append(append([]string{}, c.command[1:]...), c.includes...)
	args = append(append(args, flags...), "-x", "c++", "-")
	cmd := exec.Command(c.command[0], args...)
	cmd.Stdin = strings.NewReader(source)
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil && len(out) == 0 {
		return err.Error(), err
	}
	return string(out), err
}

// firstError is the first line of a compiler's output that says what is wrong.
func firstError(output string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(output), "\n")
	for line := range strings.Lines(output) {
		if strings.Contains(line, "error:") {
			return strings.TrimSpace(line)
		}
	}
	return first
}
