// Package mounttest lets tests mount file systems that nobody else sees.
package mounttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// inNamespace names, in the environment of a test process of its own, the test
// that it runs.
const inNamespace = "AEPROBE_TEST_IN_NAMESPACE"

// Run runs test in a process of its own that may mount file systems. It skips
// the test if the system does not allow that.
func Run(t *testing.T, test func(t *testing.T)) {
	if os.Getenv(inNamespace) == t.Name() {
		test(t)
		return
	}
	command := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	command.Env = append(os.Environ(), inNamespace+"="+t.Name())
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	if err := command.Start(); err != nil {
		t.Skipf("this system does not let a user have a mount namespace: %v", err)
	}
	err := command.Wait()
	switch {
	case err != nil:
		t.Errorf("in a mount namespace: %v\n%s", err, &output)
	case strings.Contains(output.String(), "--- SKIP: "+t.Name()):
		t.Skipf("in a mount namespace:\n%s", &output)
	}
}

// Disk is a small disk in memory, of a size such as "64k". Only tests within Run
// can have one.
func Disk(t *testing.T, size string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("this system does not let a user mount a file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}
