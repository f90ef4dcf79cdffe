package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that prints one JSON object per line.
type process struct {
	command []string
	// line receives each line; pid is the process that printed it.
	line func(pid int, text []byte) error
}

// run runs p to its end, on the cores that the benchmark may use.
func (b *bench) run(ctx context.Context, p process) error {
	command := slices.Concat(b.prefix, p.command)
	lineCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(lineCtx, command[0], command[1:]...)
	cmd.Env = slices.DeleteFunc(os.Environ(), isThreadSetting)
	// A group of its own, so that a Ctrl-C is for this program to act upon, and
	// the workers of a DataLoader end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lineErr := eachLine(stdout, func(text []byte) error { return p.line(cmd.Process.Pid, text) })
	if lineErr != nil {
		cancel()
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case lineErr != nil:
		return lineErr
	case err != nil:
		return fmt.Errorf("%w\n%s", err, lastLines(complaints.String()))
	}
	return nil
}

func eachLine(r io.Reader, f func([]byte) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := f(lines.Bytes()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// isThreadSetting reports whether an environment variable would override the
// number of threads a contender is given.
func isThreadSetting(variable string) bool {
	for _, prefix := range []string{"OMP_", "GOMP_", "KMP_", "MKL_", "GOMAXPROCS="} {
		if strings.HasPrefix(variable, prefix) {
			return true
		}
	}
	return false
}

// lastLines are the two most useful lines: from aeprobe, what failed and the
// remedy; from Python, where and what, and the end of its hints.
func lastLines(text string) string {
	text = strings.TrimSpace(text)
	if at := pythonError.FindAllStringIndex(text, -1); len(at) > 0 {
		last := at[len(at)-1]
		before := strings.TrimSuffix(text[:last[0]], "\n")
		return before[strings.LastIndexByte(before, '\n')+1:] + "\n" + text[last[0]:]
	}
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-2):], "\n")
}

// confine is the start of a command line that limits the rest to a number of this
// process's cores; it is empty if that is all of them.
func confine(cores int) ([]string, error) {
	if cores >= runtime.NumCPU() {
		return nil, nil
	}
	allowed, err := allowedCores()
	if err == nil {
		_, err = exec.LookPath("taskset")
	}
	if err != nil {
		return nil, fmt.Errorf("hold the contenders to %d of %d cores: %w\nuse all of them", cores, runtime.NumCPU(), err)
	}
	list := make([]string, 0, cores)
	for _, core := range allowed[:min(cores, len(allowed))] {
		list = append(list, strconv.Itoa(core))
	}
	return []string{"taskset", "--cpu-list", strings.Join(list, ",")}, nil
}

// allowedCores are the numbers of the cores that this process may use.
func allowedCores() ([]int, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil, err
	}
	_, list, found := strings.Cut(string(text), "Cpus_allowed_list:")
	if !found {
		return nil, errors.New("/proc/self/status does not say which may be used")
	}
	list, _, _ = strings.Cut(list, "\n")
	var cores []int
	for span := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		from, to, isSpan := strings.Cut(span, "-")
		first, err := strconv.Atoi(from)
		last := first
		if err == nil && isSpan {
			last, err = strconv.Atoi(to)
		}
		if err != nil {
			return nil, fmt.Errorf("/proc/self/status: cores %q: %w", list, err)
		}
		for core := first; core <= last; core++ {
			cores = append(cores, core)
		}
	}
	return cores, nil
}
