package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A slurmRig is a Slurm of three nodes on this machine, without systemd, control
// groups or a database.
type slurmRig struct {
	t *testing.T
	// dir has its configuration, state and logs.
	dir string
}

// startSlurm starts a Slurm whose arrays have at most so many tasks, or skips the
// test where there is none.
func startSlurm(t *testing.T, maxArraySize int) *slurmRig {
	t.Helper()
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	for _, program := range []string{"slurmctld", "slurmd", "munged", "sbatch"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s: apt-get install slurm-wlm munge for this test", program)
		}
	}
	// A socket's path must be short, and munged wants folders that others may enter.
	dir, err := os.MkdirTemp("", "slurm")
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	rig := &slurmRig{t, dir}
	t.Setenv("SLURM_CONF", rig.path("slurm.conf"))
	t.Cleanup(func() {
		rig.command("testdata/slurm.sh", "down", dir)
		_ = os.RemoveAll(dir)
	})
	// Its daemons inherit what they print to, which command would wait for.
	up := exec.Command("testdata/slurm.sh", "up", dir, strconv.Itoa(maxArraySize))
	if err := up.Run(); err != nil {
		t.Fatalf("slurm.sh: %v\n%s", err, rig.logs())
	}
	return rig
}

func (r *slurmRig) path(name string) string { return filepath.Join(r.dir, name) }

// command runs a program to its end.
func (r *slurmRig) command(name string, args ...string) string {
	r.t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s %q: %v\n%s\n%s", name, args, err, out, r.logs())
	}
	return string(out)
}

// logs is the end of what the controller says.
func (r *slurmRig) logs() []byte {
	text, _ := os.ReadFile(r.path("slurmctld.log"))
	return text[max(0, len(text)-2000):]
}

// wait waits until something holds.
func (r *slurmRig) wait(what string, holds func() bool) {
	r.t.Helper()
	begun := time.Now()
	defer func() { r.t.Logf("%s after %.1f s", what, time.Since(begun).Seconds()) }()
	for deadline := time.Now().Add(5 * time.Minute); !holds(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("no %s after five minutes\n%s\n%s", what, r.command("squeue"), r.logs())
		}
	}
}

func pidIn(file string) int {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

// killNode kills a node's daemon, and all processes of a job that runs there, as a
// power cut would, and tells the controller.
func (r *slurmRig) killNode(node, job string) {
	r.t.Helper()
	must(r.t, unix.Kill(pidIn(r.path("slurmd."+node+".pid")), unix.SIGKILL))
	killed := 0
	for pid, words := range r.processesOf(job) {
		if err := unix.Kill(pid, unix.SIGKILL); err != nil {
			r.t.Errorf("kill %s: %v", words, err)
		}
		killed++
	}
	if killed < 3 {
		r.t.Errorf("killed %d processes of job %s; want its step, its task and its run", killed, job)
	}
	r.command("scontrol", "update", "NodeName="+node, "State=DOWN", "Reason=died")
}

// processesOf are the command lines of a job's processes, its step's among them, by
// process id.
func (r *slurmRig) processesOf(job string) map[int]string {
	r.t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	must(r.t, err)
	all := map[int]string{}
	for _, p := range processes {
		environment, _ := os.ReadFile(p + "/environ") // it may have ended
		words, _ := os.ReadFile(p + "/cmdline")
		ofJob := bytes.Contains(environment, []byte("SLURM_CONF="+r.path("slurm.conf")+"\x00")) && bytes.Contains(environment, []byte("SLURM_JOB_ID="+job+"\x00"))
		if ofJob || bytes.HasPrefix(words, []byte("slurmstepd: ["+job+".")) {
			pid, _ := strconv.Atoi(filepath.Base(p))
			all[pid] = strings.ReplaceAll(string(words), "\x00", " ")
		}
	}
	return all
}

// announceEnd signals a job's task as Slurm does before the time limit (scancel
// --signal would go on to do so while the job is being requeued).
func (r *slurmRig) announceEnd(job string) {
	r.t.Helper()
	for pid, words := range r.processesOf(job) {
		if strings.Contains(words, " sweep run ") {
			must(r.t, unix.Kill(pid, unix.SIGUSR1))
			return
		}
	}
	r.t.Errorf("job %s runs no task", job)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
