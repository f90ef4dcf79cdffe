package sweep

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// This file prints what engines other than Slurm are given. The rule: nothing is
// sent and nothing is written; a manifest asks for the whole sweep, whose done runs
// take a task a moment.

// A Manifest is what an engine is asked for.
type Manifest struct {
	*Sweep
	Program string
	// Pack is how many runs a task takes, AtMost how many tasks run at once; 0 for
	// no limit.
	Pack, AtMost int
	// Image and Volume are a container's image and the name of the volume, claim or
	// bucket that holds the sweep and the images.
	Image, Volume string
}

// engines is the table of engines that a manifest can be printed for.
var engines = map[string]func(Manifest) string{
	"kubernetes": Manifest.kubernetes,
	"parallel":   Manifest.parallel,
	"condor":     Manifest.condor,
	"skypilot":   Manifest.skypilot,
}

// Engines are the names of those that a manifest can be printed for.
func Engines() []string { return slices.Sorted(maps.Keys(engines)) }

// For is the manifest for an engine of Engines.
func (m Manifest) For(engine string) (string, error) {
	manifest, known := engines[engine]
	if !known {
		return "", fmt.Errorf("no engine %q: there are slurm, %s", engine, strings.Join(Engines(), ", "))
	}
	return manifest(m), nil
}

// tasks is how many tasks there are.
func (m Manifest) tasks() int { return (len(m.Runs) + m.Pack - 1) / m.Pack }

// atOnce is how many tasks run at once.
func (m Manifest) atOnce() int {
	if m.AtMost == 0 {
		return m.tasks()
	}
	return min(m.AtMost, m.tasks())
}

// isGPU tells that a task needs a GPU.
func (m Manifest) isGPU() bool { return m.Device != "cpu" }

// megabytes of memory that a task should ask for: half as much again as estimated.
func (m Manifest) megabytes() int64 { return max(512, m.PerRun.Memory*3/2/1_000_000) }

// kubernetes is an Indexed Job. A refused definition (2) fails its index at once;
// pods that are disrupted or stopped (143) do not count as failures.
func (m Manifest) kubernetes() string {
	gpu := ""
	if m.isGPU() {
		gpu = "\n            limits: {nvidia.com/gpu: 1}"
	}
	dir := absolute(m.Dir)
	return fmt.Sprintf(`apiVersion: batch/v1
kind: Job
metadata:
  name: aeprobe-%s
spec:
  completionMode: Indexed
  completions: %d
  parallelism: %d
  backoffLimitPerIndex: 3
  podFailurePolicy:
    rules:
      - action: Ignore
        onPodConditions: [{type: DisruptionTarget, status: "True"}]
      - action: FailIndex
        onExitCodes: {containerName: aeprobe, operator: In, values: [2]}
      - action: Ignore
        onExitCodes: {containerName: aeprobe, operator: In, values: [143]}
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 60
      containers:
        - name: aeprobe
          image: %q
          command: [aeprobe, sweep, run, %q, --jobs, "1", --pack, "%d"]
          resources:
            requests: {cpu: "%d", memory: %dM}%s
          volumeMounts:
            # The sweep and %s have to be here, where they were planned.
            - {name: sweep, mountPath: %q}
      volumes:
        - name: sweep
          persistentVolumeClaim: {claimName: %q}
`, m.ID, m.tasks(), m.atOnce(), m.Image, dir, m.Pack, m.Threads, m.megabytes(), gpu, m.imagesInWords(), dir, m.Volume)
}

// imagesInWords names the images for a comment.
func (m Manifest) imagesInWords() string {
	if m.Data.Fingerprint == "" {
		return "nothing else (the images are drawn)"
	}
	return "the images, " + m.Data.Path + ","
}

// parallel is a command for GNU parallel. Repeated, it runs what has not ended well.
func (m Manifest) parallel() string {
	jobs := ""
	if m.AtMost > 0 {
		jobs = fmt.Sprintf(" --jobs %d", m.AtMost)
	}
	dir := quote(absolute(m.Dir))
	// --resume-failed goes by a task's number, which means other runs once there are more.
	log := absolute(m.Join(fmt.Sprintf("parallel-%d-%d.log", len(m.Runs), m.Pack)))
	return fmt.Sprintf("seq %d | parallel%s --joblog %s --resume-failed --termseq TERM,60000,KILL --quote %s sweep run %s --jobs 1 --task {}/%d\n",
		m.tasks(), jobs, quote(log), quote(m.Program), dir, m.tasks())
}

// condor is a submit description for HTCondor with a shared file system.
func (m Manifest) condor() string {
	gpu, atMost := "", ""
	if m.isGPU() {
		gpu = "\nrequest_gpus = 1"
	}
	if m.AtMost > 0 {
		atMost = fmt.Sprintf("\nmax_materialize = %d", m.AtMost)
	}
	logs := absolute(m.Join(LogsFolder))
	return fmt.Sprintf(`# mkdir -p %[9]s first.
universe = vanilla
executable = %[2]s
task = $(Process) + 1
arguments = "sweep run '%[3]s' --jobs 1 --task $INT(task)/%[4]d"
should_transfer_files = NO
getenv = LIBTORCH, LD_LIBRARY_PATH, HOME
request_cpus = %[5]d
request_memory = %[6]dMB%[7]s%[8]s
kill_sig = SIGTERM
job_max_vacate_time = 60
# 143: stopped and saved, to go on later; 2: refused, never again.
checkpoint_exit_code = 143
max_retries = 3
retry_until = (ExitCode =?= 2)
log = %[1]s/condor.log
output = %[1]s/condor-$(Process).log
error = %[1]s/condor-$(Process).log
queue %[4]d
`, logs, m.Program, strings.ReplaceAll(absolute(m.Dir), "'", "''"), m.tasks(), m.Threads, m.megabytes(), gpu, atMost, quote(logs))
}

// skypilot is a managed job for one task; SkyPilot has no arrays.
func (m Manifest) skypilot() string {
	gpu := ""
	if m.isGPU() {
		gpu = "\n  accelerators: L4:1"
	}
	dir := absolute(m.Dir)
	return fmt.Sprintf(`# for task in $(seq %d); do sky jobs launch --yes --detach-run --env TASK=$task THIS_FILE; done
name: aeprobe-%s
resources:
  image_id: %s
  cpus: %d+
  memory: %d+%s
  use_spot: true
  job_recovery:
    strategy: FAILOVER
    recover_on_exit_codes: [143]
envs:
  TASK: "1"
file_mounts:
  # The bucket holds the sweep and %s, where they were planned.
  %s:
    name: %s
    mode: MOUNT
run: |
  exec aeprobe sweep run %s --task $TASK/%d
`, m.tasks(), m.ID, quoteYAML("docker:"+m.Image), m.Threads, max(2, (m.megabytes()+999)/1000), gpu, m.imagesInWords(), dir, quoteYAML(m.Volume), quote(dir), m.tasks())
}

func quoteYAML(text string) string { return fmt.Sprintf("%q", text) }
