package bench

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"aeprobe/internal/machine"
	"aeprobe/internal/torch"
	"aeprobe/internal/train"
)

// Machine describes where the measurements were made.
type Machine struct {
	CPU   string
	Cores int
	// SIMD is the widest vector instruction set that libtorch uses.
	SIMD string
	// Plans tells that aeprobe trains by plan here, not by autograd.
	Plans bool
	// GPUs are their names, Driver the version of NVIDIA's; empty where there is none
	// or it is not known.
	GPUs   []string
	Driver string
	// Memory is in bytes.
	Memory float64
	// Load is the load average over the minute before the measurements.
	Load float64
}

// readMachine describes this machine as far as Linux does; unknown fields stay
// empty.
func readMachine() Machine {
	m := Machine{CPU: "unknown CPU", Cores: runtime.NumCPU(), SIMD: torch.CPUCapability(), Plans: train.Plannable(),
		GPUs: machine.NVIDIAModels("/"), Driver: machine.NVIDIADriver("/")}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, found := strings.Cut(string(text), "model name"); found {
			line, _, _ := strings.Cut(rest, "\n")
			m.CPU = strings.TrimLeft(line, "\t :")
		}
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kibibytes float64
		if _, err := fmt.Sscanf(string(text), "MemTotal: %g kB", &kibibytes); err == nil {
			m.Memory = kibibytes * 1024
		}
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		// A load that cannot be read is not known, like a file that is not there.
		_, _ = fmt.Sscan(string(text), &m.Load)
	}
	return m
}

// activity is how long the machine's cores have worked since boot, and how much of
// that was for this program and its children, in seconds.
type activity struct{ busy, idle, stolen, own float64 }

// gpu is the name of the GPU of a device, cuda:N, and the driver.
func (m Machine) gpu(device string) string {
	name := "not known"
	var index int
	if _, err := fmt.Sscanf(device, "cuda:%d", &index); err == nil && index < len(m.GPUs) {
		name = m.GPUs[index]
	}
	return name + ", driver " + cmp.Or(m.Driver, "not known")
}

// Disturbance are shares of the cores' time during the measurements, from 0 to
// 1.
type Disturbance struct {
	// Others is what other programs took.
	Others float64
	// Stolen is what a virtual machine's host took.
	Stolen float64
}

// readActivity reads Linux's counters, and is zero where there are none.
func readActivity() (activity, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return activity{}, nil
	}
	var user, nice, system, idle, iowait, irq, softirq, steal float64
	if _, err := fmt.Sscanf(string(text), "cpu %g %g %g %g %g %g %g %g", &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal); err != nil {
		return activity{}, fmt.Errorf("/proc/stat: %w", err)
	}
	const perSecond = 100 // USER_HZ
	a := activity{busy: (user + nice + system + irq + softirq) / perSecond, idle: (idle + iowait) / perSecond, stolen: steal / perSecond}
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var used unix.Rusage
		if err := unix.Getrusage(who, &used); err != nil {
			return activity{}, err
		}
		a.own += float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
	}
	return a, nil
}

func (a activity) since(earlier activity) Disturbance {
	busy, stolen := a.busy-earlier.busy, a.stolen-earlier.stolen
	all := busy + stolen + a.idle - earlier.idle
	if all <= 0 {
		return Disturbance{}
	}
	return Disturbance{Others: max(0, busy-(a.own-earlier.own)) / all, Stolen: stolen / all}
}
