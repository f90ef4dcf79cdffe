package bench

import (
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestConfineHoldsACommandToOneCore(t *testing.T) {
	prefix, err := confine(1)
	if err != nil {
		t.Skip(err)
	}
	if len(prefix) == 0 {
		t.Skip("this machine has one core")
	}
	out, err := exec.Command(prefix[0], append(prefix[1:], "nproc")...).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "1" {
		t.Errorf("it may use %s cores, %v", out, err)
	}
}

func TestDisturbanceIsWhatOthersTook(t *testing.T) {
	before := activity{busy: 100, idle: 50, stolen: 1, own: 20}
	d := activity{busy: 160, idle: 88, stolen: 3, own: 70}.since(before)
	if math.Abs(d.Others-0.1) > 1e-12 || math.Abs(d.Stolen-0.02) > 1e-12 {
		t.Errorf("got %+v, want 10 and 2 of 100 seconds", d)
	}
	if d := before.since(before); d != (Disturbance{}) {
		t.Errorf("within no time: %+v", d)
	}
}

func TestMemoryOfThisProcess(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("this system does not say")
	}
	resident, err := memoryOf(os.Getpid(), "VmRSS")
	if err != nil || resident < 1<<20 {
		t.Errorf("resident %g bytes, %v", resident, err)
	}
	peak, err := memoryOf(os.Getpid(), "VmHWM")
	if err != nil || peak < resident/2 {
		t.Errorf("at most %g bytes, %v; resident now %g", peak, err, resident)
	}
	if gone, err := memoryOf(math.MaxInt32, "VmRSS"); err != nil || gone != 0 {
		t.Errorf("a process that is not there: %g, %v", gone, err)
	}
}
