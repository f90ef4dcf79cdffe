package main

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Adaptation says what an adapted copy was made from and what it lacks. It is
// the file adaptation.json in the copy's folder, written last.
type Adaptation struct {
	// Gotch is gotch's version, "v0.9.1".
	Gotch string `json:"gotch"`
	// Libtorch is the folder that holds libtorch's lib and include.
	Libtorch string `json:"libtorch"`
	// Version is libtorch's, "2.11.0".
	Version string `json:"version"`
	// CXX11ABI says which std::string the library was built with: "1", "0",
	// or "" where the C++ library has only one.
	CXX11ABI string `json:"cxx11_abi"`
	// Standard is the oldest C++ standard that the headers accept, "c++17".
	Standard string `json:"standard"`
	// Unavailable are the C functions of gotch that this libtorch has not, or
	// has with other arguments. They return an error when called.
	Unavailable []string `json:"unavailable"`
}

func (a Adaptation) write(folder string) error {
	text, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "adaptation.json"), append(text, '\n'), 0o644)
}
