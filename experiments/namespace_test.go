package experiments

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

// withMounts runs test in a process that may mount file systems that nobody
// else sees, and skips it where the system does not let it.
func withMounts(t *testing.T, test func(t *testing.T)) {
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

// mountDisk makes a small disk, in memory, of so many bytes. It is for
// processes of withMounts.
func mountDisk(t *testing.T, size string) (dir string) {
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
