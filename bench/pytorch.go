package bench

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"aeprobe/internal/torch"
)

//go:embed pytorch/original.py pytorch/tuned.py
var scripts embed.FS

func (b *bench) writeScripts() error { return os.CopyFS(b.dir, scripts) }

// checkPeer finds out which PyTorch Python has.
func (b *bench) checkPeer(ctx context.Context) error {
	const ask = "import json, PIL, torch, torchvision; print(json.dumps({'version': torch.__version__, " +
		"'gpus': [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]}))"
	var found struct {
		Version string   `json:"version"`
		GPUs    []string `json:"gpus"`
	}
	err := b.run(ctx, process{command: []string{b.Python, "-c", ask}, line: func(_ int, text []byte) error {
		return json.Unmarshal(text, &found)
	}})
	if err != nil {
		return fmt.Errorf("%s: %w\nit needs what bench/pytorch/requirements.txt lists; make bench installs that", b.Python, err)
	}
	b.results.PyTorch = found.Version
	if b.onGPU() && len(found.GPUs) == 0 {
		return fmt.Errorf("the PyTorch of %s finds no GPU\nname another with --peer, or measure aeprobe alone", b.Python)
	}
	if len(b.results.Machine.GPUs) == 0 {
		b.results.Machine.GPUs = found.GPUs // a container may hide the driver's list
	}
	if version, _, _ := strings.Cut(b.results.PyTorch, "+"); version != torch.Version() {
		return fmt.Errorf("%s has PyTorch %s, but aeprobe has libtorch %s\nthey must be the same; make bench sees to that",
			b.Python, version, torch.Version())
	}
	return nil
}

// scriptLine is a line of the scripts' output: one about the run, then one per
// epoch. Absent fields are zero.
type scriptLine struct {
	Epoch         int     `json:"epoch"`
	Seconds       float64 `json:"seconds"`
	TestSeconds   float64 `json:"test_seconds"`
	EncodeSeconds float64 `json:"encode_seconds"`
	PeakRSS       float64 `json:"peak_rss"`
}

// script is a run of one of the scripts.
type script struct {
	contender             string
	mode, loss            string
	batch, epochs, images int
	threads               int
	flags                 []string
	// line receives each line of output.
	line func(scriptLine)
}

// trainPyTorch takes a script's turn: one process, or as many as the workload runs
// side by side, each with its share of the threads.
func (b *bench) trainPyTorch(ctx context.Context, w workload, contender string, flags []string) ([]training, error) {
	trainings := make([]training, b.processes(w))
	group, ctx := errgroup.WithContext(ctx)
	for i := range trainings {
		t := &trainings[i]
		group.Go(func() error {
			err := b.runScript(ctx, script{contender: contender, mode: w.mode, loss: w.loss, batch: w.batch,
				epochs: w.timed(contender) + w.warmEpochs(), images: b.Images, threads: max(1, b.Threads/len(trainings)), flags: flags,
				line: t.add})
			if err == nil && len(t.seconds) != w.timed(contender)+w.warmEpochs() {
				err = fmt.Errorf("%d epochs, not %d", len(t.seconds), w.timed(contender)+w.warmEpochs())
			}
			return err
		})
	}
	return trainings, group.Wait()
}

func (t *training) add(line scriptLine) {
	if line.Epoch > 0 {
		t.seconds = append(t.seconds, line.Seconds)
		t.testSeconds = line.TestSeconds
	}
	if line.EncodeSeconds > 0 {
		t.encodeSeconds = line.EncodeSeconds
	}
}

func (b *bench) runScript(ctx context.Context, s script) error {
	command := []string{b.Python, filepath.Join(b.dir, "pytorch", s.contender+".py"), "--data", b.dataDir(), "--mode", s.mode,
		"--batch", fmt.Sprint(s.batch), "--epochs", fmt.Sprint(s.epochs), "--test-every", fmt.Sprint(s.epochs),
		"--limit-train", fmt.Sprint(s.images), "--limit-test", fmt.Sprint(b.testImages()), "--threads", fmt.Sprint(s.threads), "--device", b.Device}
	if s.loss != "" {
		command = append(command, "--loss", s.loss)
	}
	return b.run(ctx, process{command: slices.Concat(command, s.flags), line: func(_ int, text []byte) error {
		var line scriptLine
		if err := json.Unmarshal(text, &line); err != nil {
			return fmt.Errorf("%s.py: %w", s.contender, err)
		}
		s.line(line)
		return nil
	}})
}
