package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"aeprobe/internal/torch"
	"aeprobe/vision"
)

func examineProgram() finding {
	v := readVersions()
	return finding{Status: ok, About: "aeprobe",
		Found: fmt.Sprintf("%s, %s, %s/%s", v.Aeprobe, v.Go, runtime.GOOS, runtime.GOARCH)}
}

func examineLibtorch() finding {
	dir, err := torch.LibraryDir()
	if err != nil {
		return finding{Status: warning, About: "libtorch", Found: fmt.Sprintf("%s, %v", torch.Version(), err)}
	}
	return finding{Status: ok, About: "libtorch", Found: fmt.Sprintf("%s in %s", torch.Version(), dir)}
}

// setUp is how to make libtorch and gotch fit each other.
const setUp = "./install-libtorch.sh sets it up, make build builds with it"

// adaptation is what aeprobe needs of the adaptation.json that stands in
// gotch's folder.
type adaptation struct {
	Gotch       string   `json:"gotch"`
	Version     string   `json:"version"` // of libtorch
	Unavailable []string `json:"unavailable"`
}

func examineGotch() finding {
	return examineAdaptation(torch.GotchFolder, torch.Version())
}

// examineAdaptation looks at the gotch in folder, for a program built with
// libtorch of the given version.
func examineAdaptation(folder, libtorch string) finding {
	f := finding{Status: ok, About: "gotch"}
	text, err := os.ReadFile(filepath.Join(folder, "adaptation.json"))
	if err != nil {
		// The program is built, and runs without that folder.
		f.Status, f.Found = warning, fmt.Sprintf("what it was adapted to is not known: %v", err)
		f.Remedy = setUp
		return f
	}
	var a adaptation
	if err := json.Unmarshal(text, &a); err != nil {
		f.Status, f.Found, f.Remedy = warning, fmt.Sprintf("%s: %v", folder, err), setUp
		return f
	}
	f.Found = fmt.Sprintf("%s for libtorch %s in %s", a.Gotch, a.Version, folder)
	if a.Version != libtorch {
		f.Status, f.Found, f.Remedy = problem, f.Found+", but the program has "+libtorch, setUp
		return f
	}
	if n := len(a.Unavailable); n > 0 {
		f.Found += fmt.Sprintf("; %s left out: %s", plural(n, "function"), strings.Join(a.Unavailable, ", "))
	}
	return f
}

func examineCPU() finding {
	if err := computes(torch.CPU); err != nil {
		return finding{Status: problem, About: "CPU", Found: err.Error(), Remedy: setUp}
	}
	return finding{Status: ok, About: "CPU", Found: "computes, with " + torch.CPUCapability()}
}

func examineThreads() finding {
	f := finding{Status: ok, About: "threads", Found: fmt.Sprintf("%s, all used if --threads says nothing", plural(usableCores(), "core"))}
	if all := runtime.NumCPU(); usableCores() < all {
		f.Found = fmt.Sprintf("%d of %s may be used", usableCores(), plural(all, "core"))
	}
	return f
}

// usableCores is how many cores this program may keep busy; in a container
// that can be fewer than there are.
func usableCores() int { return runtime.GOMAXPROCS(0) }

// examineData reads the data that is here as a run would.
func examineData(ctx context.Context, set, dir string) finding {
	data, found, err := vision.Check(ctx, set, vision.Options{Dir: dir})
	if err != nil {
		what, remedy, _ := strings.Cut(err.Error(), "\n")
		return finding{Status: problem, About: "data", Found: what, Remedy: remedy}
	}
	f := finding{Status: ok, About: "data", Found: found}
	if data != nil && data.Origin == vision.Modified {
		f.Status = warning
		f.Remedy = fmt.Sprintf("it can be used; tables and figures will say %q", data.Title())
	}
	return f
}

// examineFolder looks whether run directories can be made where they are made
// by default.
func examineFolder() finding {
	f := finding{Status: ok, About: "runs"}
	dir, err := filepath.Abs("runs")
	if err != nil {
		return finding{Status: problem, About: "runs", Found: err.Error(), Remedy: "change to another folder"}
	}
	f.Found = dir
	if !exists(dir) {
		dir = filepath.Dir(dir)
	}
	if err := unix.Access(dir, unix.W_OK); err != nil {
		f.Status, f.Found = warning, fmt.Sprintf("%s: %v", f.Found, err)
		f.Remedy = "run from another folder, or with --out"
	}
	return f
}
