package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// edit replaces a text in one file of the copy.
type edit struct {
	file     string // below the copy's folder, with slashes
	old, new string
	// times is how often old must be there; 0 means at least once. A count
	// that differs says that this gotch isn't the one the edit was made for.
	times int
}

func (e edit) apply(folder string) error {
	path := filepath.Join(folder, filepath.FromSlash(e.file))
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	edited, err := e.edit(string(text))
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(edited), 0o644)
}

func (e edit) edit(text string) (string, error) {
	n := strings.Count(text, e.old)
	if n == 0 || e.times > 0 && n != e.times {
		return "", fmt.Errorf("gotch's %s has %d times %q, expected %d\n  pin gotch v0.9.1 in go.mod", e.file, n, e.old, max(e.times, 1))
	}
	return strings.ReplaceAll(text, e.old, e.new), nil
}

const (
	cSlot  = "(*lib.Ctensor)(unsafe.Pointer(C.malloc(0)))"
	goSlot = "(*lib.Ctensor)(unsafe.Pointer(new([8]lib.Ctensor)))"
)

// edits mend what hurts a program that makes millions of tensors.
var edits = []edit{
	// A hundred kilobytes of zeros for each tensor, to make Go's collector
	// run more often.
	{file: "ts/tensor.go", old: "x.d = new(bigStruct)", new: "x.d = nil", times: 1},

	// Result slots: malloc(0), never freed, and no room by the letter of the
	// C standard. No function returns more than 7 tensors. jit.go, which has
	// the same fault, is left alone: its lists are of any length.
	{file: "ts/tensor-generated.go", old: cSlot, new: goSlot},
	{file: "ts/patch.go", old: cSlot, new: goSlot},
	{file: "ts/tensor.go", old: "\n\tptr := " + cSlot, new: "\n\tptr := " + goSlot, times: 1},

	// In-place operations: libtorch hands out a new handle of the same
	// tensor, and gotch forgot the old one, which keeps the storage alive.
	{file: "ts/tensor-generated.go", old: "ts.ctensor = *ptr", new: "lib.AtFree(ts.ctensor)\n  ts.ctensor = *ptr"},

	// Names of tensors without fmt, and the C++ destructor outside the lock
	// that all goroutines share.
	{file: "ts/tensor.go", old: "\t\"runtime\"\n", new: "\t\"runtime\"\n\t\"strconv\"\n", times: 1},
	{file: "ts/tensor.go", old: `fmt.Sprintf("tensor_%09d", TensorCount)`, new: `"tensor_" + strconv.FormatInt(TensorCount, 10)`, times: 1},
	{file: "ts/tensor.go", old: `fmt.Sprintf("%s_%09d", name, TensorCount)`, new: `name + "_" + strconv.FormatInt(TensorCount, 10)`, times: 1},
	{
		file:  "ts/tensor.go",
		old:   "\tlock.Lock()\n\tdefer lock.Unlock()\n\n\tif _, ok := ExistingTensors[ts.name]; !ok {\n",
		new:   "\tlock.Lock()\n\t_, ok := ExistingTensors[ts.name]\n\tdelete(ExistingTensors, ts.name)\n\tlock.Unlock()\n\n\tif !ok {\n",
		times: 1,
	},
	{file: "ts/tensor.go", old: "\tdelete(ExistingTensors, ts.name)\n\n", new: "", times: 1},

	// Errors: libtorch's message, without its C++ frames and without Go's.
	{
		file:  "libtch/torch_api.h",
		old:   "  } catch (const exception &e) { ",
		new:   "  } catch (const c10::Error &e) {                                              \\\n    torch_last_err = strdup(e.what_without_backtrace());                       \\\n  } catch (const exception &e) { ",
		times: 1,
	},
	{file: "ts/error.go", old: "\t\"runtime/debug\"\n", new: "", times: 1},
	{
		file:  "ts/error.go",
		old:   "\t\ttrace := string(debug.Stack())\n\t\treturn fmt.Errorf(\"Libtorch API Error: %v\\n%v\\n\", errStr, trace)\n",
		new:   "\t\treturn fmt.Errorf(\"libtorch: %s\", errStr)\n",
		times: 1,
	},

	// A program that only imports gotch made a folder in the user's home, and
	// ended where it could not.
	{file: "init.go", old: "\tif _, err := os.Stat(CachedDir); os.IsNotExist(err) {\n\t\tif err := os.MkdirAll(CachedDir, 0755); err != nil {\n\t\t\tlog.Fatal(err)\n\t\t}\n\t}\n", new: "", times: 1},
	{file: "init.go", old: "\t\"log\"\n", new: "", times: 1},
}
