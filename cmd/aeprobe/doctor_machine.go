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
	"aeprobe/internal/words"
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
	f := finding{Status: ok, About: "libtorch", Found: fmt.Sprintf("%s in %s", torch.Version(), dir)}
	if closed := closedToOthers(dir); closed != "" {
		f.Found += fmt.Sprintf("; only this user can run aeprobe, because %s is closed to others", closed)
	}
	return f
}

// closedToOthers returns the first folder on the way to dir that other users
// may not enter, or "". The program does not start for a user who cannot load
// libtorch.
func closedToOthers(dir string) string {
	if above := filepath.Dir(dir); above != dir {
		if closed := closedToOthers(above); closed != "" {
			return closed
		}
	}
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o001 == 0 {
		return dir
	}
	return ""
}

// setUp is the remedy for a libtorch and a gotch that do not match.
const setUp = "run ./install-libtorch.sh and make build"

// adaptation is the part of gotch's adaptation.json that doctor reads.
type adaptation struct {
	Gotch       string   `json:"gotch"`
	Version     string   `json:"version"` // of libtorch
	Unavailable []string `json:"unavailable"`
}

func examineGotch() finding {
	return examineAdaptation(torch.GotchFolder, torch.Version())
}

// examineAdaptation checks that the gotch in folder matches the version of
// libtorch that the program was built with.
func examineAdaptation(folder, libtorch string) finding {
	f := finding{Status: ok, About: "gotch"}
	text, err := os.ReadFile(filepath.Join(folder, "adaptation.json"))
	if err != nil {
		// A built program does not need that folder.
		f.Status, f.Found = warning, fmt.Sprintf("it is unknown which libtorch it was adapted to: %v", err)
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
		f.Status, f.Found, f.Remedy = problem, f.Found+", but the program uses "+libtorch, setUp
		return f
	}
	if n := len(a.Unavailable); n > 0 {
		f.Found += fmt.Sprintf("; %s left out: %s", words.Count(n, "function"), strings.Join(a.Unavailable, ", "))
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
	f := finding{Status: ok, About: "threads", Found: fmt.Sprintf("%s, all used by default", words.Count(usableCores(), "core"))}
	if all := runtime.NumCPU(); usableCores() < all {
		f.Found = fmt.Sprintf("%d of %s usable", usableCores(), words.Count(all, "core"))
	}
	return f
}

// usableCores returns the number of cores that this program may use, which in a
// container can be fewer than the machine has.
func usableCores() int { return runtime.GOMAXPROCS(0) }

// examineData reads the data that it finds as a run would.
func examineData(ctx context.Context, set, dir string) finding {
	if dir == synthetic {
		set, dir = synthetic, ""
	}
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

// examineFolder checks that run directories can be created in the default
// place.
func examineFolder() finding {
	f := finding{Status: ok, About: "runs"}
	dir, err := filepath.Abs("runs")
	if err != nil {
		return finding{Status: problem, About: "runs", Found: err.Error(), Remedy: "change to another folder"}
	}
	f.Found = dir
	there, err := exists(dir)
	if err == nil {
		if !there {
			dir = filepath.Dir(dir)
		}
		err = unix.Access(dir, unix.W_OK)
	}
	if err != nil {
		f.Status, f.Found = warning, fmt.Sprintf("%s: %v", f.Found, err)
		f.Remedy = "run from another folder, or with --out"
	}
	return f
}
