package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"aeprobe/internal/words"
)

// ErrOutOfMemory says that libtorch asked for memory and got none.
var ErrOutOfMemory = errors.New("out of memory")

// An explainedError is an error in other words.
type explainedError struct {
	text        string
	outOfMemory bool
	err         error
}

func (e *explainedError) Error() string { return e.text }
func (e *explainedError) Unwrap() error { return e.err }
func (e *explainedError) Is(target error) bool {
	return e.outOfMemory && target == ErrOutOfMemory
}

// libtorch's messages for memory it cannot get, on the CPU and on a GPU, and
// the prefix of every gotch error.
var (
	cpuMemory  = regexp.MustCompile(`(?:\[enforce fail at [^\]]*\].*)?DefaultCPUAllocator: .*tried to allocate (\d+) bytes.*`)
	cudaMemory = regexp.MustCompile(`CUDA out of memory\. Tried to allocate ([0-9.]+ \w+)\..*`)
	anyMemory  = regexp.MustCompile(`std::bad_alloc`)
	gotchCall  = regexp.MustCompile(`\w+\(\) failed: libtorch: `)
)

// Explain shortens libtorch's errors, written for its own developers, to a line.
// Other errors are returned as they are.
func Explain(err error) error {
	if err == nil || !strings.Contains(err.Error(), "libtorch: ") {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	text = gotchCall.ReplaceAllString(text, "libtorch: ")
	short := cpuMemory.ReplaceAllStringFunc(text, func(message string) string {
		n, err := strconv.ParseInt(cpuMemory.FindStringSubmatch(message)[1], 10, 64)
		if err != nil {
			return ErrOutOfMemory.Error()
		}
		return fmt.Sprintf("%v: %s more are needed at once", ErrOutOfMemory, words.Bytes(n))
	})
	short = cudaMemory.ReplaceAllString(short, ErrOutOfMemory.Error()+" on the GPU: $1 more are needed at once")
	short = anyMemory.ReplaceAllString(short, ErrOutOfMemory.Error())
	return &explainedError{short, short != text, err}
}

// WithRemedy adds to an error of a run in dir what the user can do about it.
func WithRemedy(err error, dir string) error {
	if errors.Is(err, ErrOutOfMemory) {
		err = fmt.Errorf("%w\nfree memory, or pass fewer --threads so that fewer stages run at once, and run the same command again\n"+
			"or use a smaller batch, which restarts the training, or another --device", err)
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		left := "nothing"
		if free, err := FreeDisk(dir); err == nil {
			left = words.Bytes(free)
		}
		err = fmt.Errorf("%w\nthe disk of %s has %s left, a quota may leave less\n"+
			"finished work is kept: make room, and run the same command again", err, dir, left)
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		err = fmt.Errorf("%w\n%s is not writable: fix its permissions, or pass another --out", err, dir)
	}
	return err
}
