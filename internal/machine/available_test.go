package machine

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAvailableMemory(t *testing.T) {
	const meminfo = "MemTotal:       24684092 kB\nMemAvailable:   20000000 kB\n"
	const status = "Name:\taeprobe\nVmRSS:\t  100000 kB\n"
	const MB = 1_000_000
	for name, test := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing is known": {nil, 0},
		"the machine":      {map[string]string{"proc/meminfo": meminfo, "proc/self/status": status}, 20_100_000 * 1024},
		"a group of version 1 is not looked at": {map[string]string{"proc/meminfo": meminfo, "proc/self/status": status,
			"proc/self/cgroup": "4:memory:/job\n0::/\n"}, 20_100_000 * 1024},
		"a container": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n",
			"sys/fs/cgroup/memory.max": "900000000\n", "sys/fs/cgroup/memory.current": "500000000\n",
			"sys/fs/cgroup/memory.stat": "anon 1\ninactive_file 100000000\n"}, 500 * MB},
		"a group within one": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/slice/job\n",
			"sys/fs/cgroup/slice/job/memory.max": "max\n", "sys/fs/cgroup/slice/job/memory.current": "500000000\n",
			"sys/fs/cgroup/slice/memory.max": "700000000\n", "sys/fs/cgroup/slice/memory.current": "500000000\n"}, 200 * MB},
		"one that is full": {map[string]string{"proc/meminfo": meminfo, "proc/self/status": status, "proc/self/cgroup": "0::/\n",
			"sys/fs/cgroup/memory.max": "1\n", "sys/fs/cgroup/memory.current": "5000\n"}, 100_000 * 1024},
	} {
		root := rootWith(t, test.files)
		if got := AvailableMemory(root); got != test.want {
			t.Errorf("%s: %d bytes, want %d", name, got, test.want)
		}
	}
	if _, err := os.Stat("/proc/meminfo"); err == nil && AvailableMemory("/") < 10*MB {
		t.Errorf("%d bytes on this machine", AvailableMemory("/"))
	}
}

func TestFreeDisk(t *testing.T) {
	dir := t.TempDir()
	here, err := FreeDisk(dir)
	if err != nil || here <= 0 {
		t.Fatalf("%d, %v", here, err)
	}
	// A folder that is not there yet will be on the disk of the one above.
	if there, err := FreeDisk(filepath.Join(dir, "a", "b")); err != nil || there <= 0 {
		t.Errorf("%d, %v", there, err)
	}
	if free, err := FreeDisk("no\x00path"); err == nil {
		t.Errorf("%d of an impossible path", free)
	}
}
