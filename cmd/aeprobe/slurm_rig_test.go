package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
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
	t.Cleanup(rig.stop)
	rig.configure(maxArraySize)
	t.Setenv("SLURM_CONF", rig.path("slurm.conf"))
	rig.command("munged", "--key-file="+rig.path("munge.key"), "--socket="+rig.path("munge.socket"), "--pid-file="+rig.path("munged.pid"),
		"--log-file="+rig.path("munged.log"), "--seed-file="+rig.path("munge.seed"), "--num-threads=1")
	rig.command("slurmctld", "-i", "-c")
	for _, node := range []string{"n1", "n2", "n3"} {
		rig.command("slurmd", "-N", node)
	}
	rig.wait("idle nodes", func() bool {
		return len(strings.Fields(rig.command("sinfo", "-h", "-N", "-t", "idle", "-o", "%n"))) == 3
	})
	return rig
}

func (r *slurmRig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *slurmRig) configure(maxArraySize int) {
	text, err := os.ReadFile("testdata/slurm.conf")
	must(r.t, err)
	me, err := user.Current()
	must(r.t, err)
	host, err := os.Hostname()
	must(r.t, err)
	host, _, _ = strings.Cut(host, ".")
	fill := []string{"@HOST@", host, "@USER@", me.Username, "@DIR@", r.dir, "@MAXARRAYSIZE@", strconv.Itoa(maxArraySize)}
	for i := range 4 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(r.t, err)
		defer l.Close()
		fill = append(fill, fmt.Sprintf("@PORT%d@", i), strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
	must(r.t, os.WriteFile(r.path("slurm.conf"), []byte(strings.NewReplacer(fill...).Replace(string(text))), 0o644))
	for _, folder := range []string{"state", "spool.n1", "spool.n2", "spool.n3"} {
		must(r.t, os.Mkdir(r.path(folder), 0o755))
	}
	key := make([]byte, 128)
	_, _ = rand.Read(key) // never fails
	must(r.t, os.WriteFile(r.path("munge.key"), key, 0o600))
}

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

// stop ends the daemons by their process ids.
func (r *slurmRig) stop() {
	_ = exec.Command("scancel", "--me").Run()
	for _, pattern := range []string{"slurmd.n*.pid", "slurmctld.pid", "munged.pid"} {
		files, _ := filepath.Glob(r.path(pattern))
		for _, file := range files {
			if pid := pidIn(file); pid > 0 && unix.Kill(pid, unix.SIGTERM) == nil {
				for range 100 {
					if unix.Kill(pid, 0) != nil {
						break
					}
					time.Sleep(100 * time.Millisecond)
				}
			}
		}
	}
	_ = os.RemoveAll(r.dir)
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
