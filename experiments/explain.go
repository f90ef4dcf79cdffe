package experiments

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// errOutOfMemory says that libtorch could not have the memory it asked for.
var errOutOfMemory = errors.New("out of memory")

// An explainedError is an error in other words.
type explainedError struct {
	text        string
	outOfMemory bool
	err         error
}

func (e *explainedError) Error() string { return e.text }
func (e *explainedError) Unwrap() error { return e.err }
func (e *explainedError) Is(target error) bool {
	return e.outOfMemory && target == errOutOfMemory
}

// What libtorch says of memory that it cannot have, on the CPU and on a GPU,
// and what stands before every error of gotch's.
var (
	cpuMemory  = regexp.MustCompile(`(?:\[enforce fail at [^\]]*\].*)?DefaultCPUAllocator: .*tried to allocate (\d+) bytes.*`)
	cudaMemory = regexp.MustCompile(`CUDA out of memory\. Tried to allocate ([0-9.]+ \w+)\..*`)
	anyMemory  = regexp.MustCompile(`std::bad_alloc`)
	gotchCall  = regexp.MustCompile(`\w+\(\) failed: libtorch: `)
)

// explain says in a line what libtorch says in a paragraph for its own
// developers. Errors that do not come from libtorch stay as they are.
func explain(err error) error {
	if err == nil || !strings.Contains(err.Error(), "libtorch: ") {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	text = gotchCall.ReplaceAllString(text, "libtorch: ")
	short := cpuMemory.ReplaceAllStringFunc(text, func(message string) string {
		n, err := strconv.ParseInt(cpuMemory.FindStringSubmatch(message)[1], 10, 64)
		if err != nil {
			return errOutOfMemory.Error()
		}
		return fmt.Sprintf("%v: %s more are needed at once", errOutOfMemory, bytesText(n))
	})
	short = cudaMemory.ReplaceAllString(short, errOutOfMemory.Error()+" on the GPU: $1 more are needed at once")
	short = anyMemory.ReplaceAllString(short, errOutOfMemory.Error())
	return &explainedError{short, short != text, err}
}

// withRemedy adds to what made a run in dir fail what can be done about it.
func withRemedy(err error, dir string) error {
	if errors.Is(err, errOutOfMemory) {
		err = fmt.Errorf("%w\nfree memory, or use fewer --threads, so that fewer stages run side by side: the same command goes on\n"+
			"or give the training a smaller batch, which begins it anew, or use another --device", err)
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		left := "nothing"
		if free, err := freeDisk(dir); err == nil {
			left = bytesText(free)
		}
		err = fmt.Errorf("%w\nthe disk of %s has %s left, a quota may leave less\n"+
			"what was done until then is kept: make room, and the same command goes on", err, dir, left)
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		err = fmt.Errorf("%w\na run writes to %s: make that possible, or use another --out", err, dir)
	}
	return err
}

// bytesText is a number of bytes for people: "312 MB".
func bytesText(n int64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	value, unit := float64(n)/1000, 0
	for value >= 999.5 && unit < len(units)-1 {
		value, unit = value/1000, unit+1
	}
	if value < 9.95 {
		return fmt.Sprintf("%.1f %cB", value, units[unit])
	}
	return fmt.Sprintf("%.0f %cB", value, units[unit])
}
