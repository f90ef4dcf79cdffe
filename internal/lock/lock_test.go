package lock

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"
)

// withoutFlock makes the file system one that answers every flock with an error.
func withoutFlock(t *testing.T, answer error) {
	t.Helper()
	was := tryFlock
	tryFlock = func(*flock.Flock, bool) (bool, error) { return false, answer }
	t.Cleanup(func() { tryFlock = was })
}

func TestOneWriterWithAndWithoutFlock(t *testing.T) {
	for name, answer := range map[string]error{"flock": nil, "ENOSYS": unix.ENOSYS, "ENOLCK": unix.ENOLCK, "EOPNOTSUPP": unix.EOPNOTSUPP} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("SLURM_ARRAY_JOB_ID", "12")
			t.Setenv("SLURM_ARRAY_TASK_ID", "3")
			t.Setenv("SLURM_RESTART_COUNT", "1")
			if answer != nil {
				withoutFlock(t, answer)
			}
			path := filepath.Join(t.TempDir(), "locks", "bce")
			first, err := Try(path, true)
			if err != nil {
				t.Fatal(err)
			}
			if first.Claimed != (answer != nil) {
				t.Errorf("claimed: %v", first.Claimed)
			}
			for _, exclusive := range []bool{true, false} {
				_, err = Try(path, exclusive)
				var held *HeldError
				if !errors.As(err, &held) || !strings.HasPrefix(held.Holder, "process ") || !strings.HasSuffix(held.Holder, ", job 12_3, restart 1") {
					t.Errorf("a second, exclusive %v: %v", exclusive, err)
				}
			}
			if holder, err := Holder(path); err != nil || !strings.Contains(holder, "job 12_3") {
				t.Errorf("held by %q, %v", holder, err)
			}
			if err := first.Unlock(); err != nil {
				t.Fatal(err)
			}
			if holder, err := Holder(path); err != nil || holder != "" {
				t.Errorf("held by %q, %v after it was unlocked", holder, err)
			}
			second, err := Try(path, true)
			if err != nil {
				t.Fatal(err)
			}
			if err := second.Unlock(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAClaimIsTakenOver leaves claims of holders that are gone and of some that
// may not be.
func TestAClaimIsTakenOver(t *testing.T) {
	withoutFlock(t, unix.ENOSYS)
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	host := me().Host
	t.Setenv("SLURM_JOB_ID", "40")
	t.Setenv("SLURM_RESTART_COUNT", "2")
	for name, c := range map[string]struct {
		holder process
		taken  bool
	}{
		"the same job, begun again":       {process{PID: 5, Host: "n7", Job: "40", Restart: 1}, true},
		"the same job, twice at once":     {process{PID: 5, Host: "n7", Job: "40", Restart: 2}, false},
		"another job":                     {process{PID: 5, Host: "n7", Job: "41"}, false},
		"a process of this host, gone":    {process{PID: gone.Process.Pid, Host: host}, true},
		"a process of this host, running": {process{PID: os.Getppid(), Host: host}, false},
		"the same number, another host":   {process{PID: gone.Process.Pid, Host: "n7"}, false},
	} {
		path := filepath.Join(t.TempDir(), "bce")
		text := `{"pid":` + strconv.Itoa(c.holder.PID) + `,"host":"` + c.holder.Host + `","job":"` + c.holder.Job + `","restart":` + strconv.Itoa(c.holder.Restart) + `}`
		if err := os.WriteFile(path+ClaimSuffix, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		l, err := Try(path, true)
		var held *HeldError
		switch {
		case c.taken && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.taken:
			if err := l.Unlock(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case !errors.As(err, &held) || !strings.Contains(err.Error(), "remove "+path+ClaimSuffix):
			t.Errorf("%s: %v", name, err)
		}
	}
}
