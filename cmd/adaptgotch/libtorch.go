package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// includeFolders are the folders of libtorch's public headers.
func includeFolders(libtorch string) []string {
	include := filepath.Join(libtorch, "include")
	return []string{include, filepath.Join(include, "torch", "csrc", "api", "include")}
}

// cxx11ABI reads from libc10's symbols which of GNU's two std::string it was
// built with, the value of _GLIBCXX_USE_CXX11_ABI: "1" or "0". It is "" on
// systems that have no ELF libraries, and no second std::string.
func cxx11ABI(lib string) (string, error) {
	path := filepath.Join(lib, "libc10.so")
	f, err := elf.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("%s is no library: %w\n  reinstall that libtorch, or name another in LIBTORCH", path, err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n  reinstall that libtorch, or name another in LIBTORCH", path, err)
	}
	names := make([]string, 0, len(symbols))
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			names = append(names, s.Name)
		}
	}
	return abiOf(names), nil
}

// torchCheckFail is the beginning of the mangled name of
// c10::detail::torchCheckFail(const char*, const char*, uint32_t, const
// std::string&), which every libtorch since 1.8 has; the string's type follows.
const torchCheckFail = "_ZN3c106detail14torchCheckFailEPKcS2_j"

func abiOf(symbols []string) string {
	for _, s := range symbols {
		argument, found := strings.CutPrefix(s, torchCheckFail)
		switch {
		case !found:
		case strings.HasPrefix(argument, "RKSs"):
			return "0"
		case strings.HasPrefix(argument, "RKNSt7__cxx1112basic_string"):
			return "1"
		}
	}
	return ""
}
