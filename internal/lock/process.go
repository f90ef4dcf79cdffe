package lock

import (
	"fmt"
	"os"
	"strconv"
)

// process is who holds a lock.
type process struct {
	PID  int    `json:"pid"`
	Host string `json:"host"`
	// Job is that of a scheduler, empty for none, and Restart how often it has
	// begun again.
	Job     string `json:"job,omitempty"`
	Restart int    `json:"restart,omitempty"`
}

func me() process {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	return process{PID: os.Getpid(), Host: host, Job: Job(), Restart: Restart()}
}

func (p process) String() string {
	text := fmt.Sprintf("process %d on %s", p.PID, p.Host)
	if p.Job != "" {
		text += ", job " + p.Job
	}
	if p.Restart > 0 {
		text += fmt.Sprintf(", restart %d", p.Restart)
	}
	return text
}

// Job is the scheduler's name of the job that this process belongs to, as its
// users know it (Slurm's 12_3 for an array's task), empty for none.
func Job() string {
	if array := os.Getenv("SLURM_ARRAY_JOB_ID"); array != "" {
		return array + "_" + os.Getenv("SLURM_ARRAY_TASK_ID")
	}
	for _, name := range []string{"SLURM_JOB_ID", "PBS_JOBID", "AWS_BATCH_JOB_ID"} {
		if job := os.Getenv(name); job != "" {
			return job
		}
	}
	if job := os.Getenv("JOB_ID"); job != "" && os.Getenv("SGE_TASK_ID") != "" {
		return job + "." + os.Getenv("SGE_TASK_ID")
	}
	return ""
}

// Restart is how often Slurm has begun this job again.
func Restart() int {
	n, err := strconv.Atoi(os.Getenv("SLURM_RESTART_COUNT"))
	if err != nil {
		return 0
	}
	return n
}
