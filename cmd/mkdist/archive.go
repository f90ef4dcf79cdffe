package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// copyFile copies what is behind a path, links followed.
func copyFile(from, to string, mode fs.FileMode) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

// sumsFile lists the SHA-256 of every file, as sha256sum -c reads it.
const sumsFile = "SHA256SUMS"

func writeSums(folder string) error {
	var text strings.Builder
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == sumsFile {
			return err
		}
		sum, err := sumOf(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		fmt.Fprintf(&text, "%s  %s\n", sum, name)
		return err
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, sumsFile), []byte(text.String()), 0o644)
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// archive packs the folder of a name into NAME.tar.gz and writes its SHA-256 beside
// it. Owners and times are left out: the same files make the same archive.
func archive(out, name string) error {
	path := filepath.Join(out, name+".tar.gz")
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	zipped := gzip.NewWriter(file)
	packed := tar.NewWriter(zipped)
	err = filepath.WalkDir(filepath.Join(out, name), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return add(packed, out, path, e)
	})
	if err := errors.Join(err, packed.Close(), zipped.Close(), file.Close()); err != nil {
		return err
	}
	sum, err := sumOf(path)
	if err != nil {
		return err
	}
	fmt.Println(path)
	return os.WriteFile(path+".sha256", fmt.Appendf(nil, "%s  %s\n", sum, filepath.Base(path)), 0o644)
}

func add(packed *tar.Writer, out, path string, e fs.DirEntry) error {
	info, err := e.Info()
	if err != nil {
		return err
	}
	name, err := filepath.Rel(out, path)
	if err != nil {
		return err
	}
	header := &tar.Header{Name: name, Mode: int64(info.Mode().Perm())}
	if e.IsDir() {
		header.Typeflag, header.Name = tar.TypeDir, name+"/"
		return packed.WriteHeader(header)
	}
	header.Typeflag, header.Size = tar.TypeReg, info.Size()
	if err := packed.WriteHeader(header); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(packed, f)
	return err
}
