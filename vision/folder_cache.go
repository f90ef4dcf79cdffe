package vision

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"aeprobe/internal/atomicfile"
)

// This file keeps decoded images. A file in the cache is named after all that it
// was made from: the folder, its files with their sizes and times, and what was
// made of them. It holds the fingerprint of its images, then each split's labels
// and pixels. A file that does not have that fingerprint is made again.

// cacheMagic begins a file, and names the version of decoding.
const cacheMagic = "aeprobe images 1\n"

// fromCacheOrFiles fills the splits.
func (r *folderRead) fromCacheOrFiles(ctx context.Context, o Options) error {
	parts := r.splits(o.Unlabelled)
	path, err := r.cachePath(o, parts)
	if err != nil {
		return err
	}
	if err := r.load(path, parts); err == nil {
		return nil
	}
	if err := r.decode(ctx, parts); err != nil {
		return err
	}
	r.d.Fingerprint = r.d.fingerprint()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
		err = atomicfile.Write(path, func(w io.Writer) error { return r.save(w, parts) })
	}
	if err != nil {
		o.Log.Warn(fmt.Sprintf("the decoded images cannot be kept, and will be decoded again next time: %v", err))
	}
	return nil
}

// cachePath is where the decoded images are kept.
func (r *folderRead) cachePath(o Options, parts []folderPart) (string, error) {
	dir, err := cacheDir(o)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s%q %v %q\n", cacheMagic, r.root, r.shape, r.fit)
	for _, p := range parts {
		fmt.Fprintln(h, p.split, len(p.images))
		for _, image := range p.images {
			info, err := os.Stat(filepath.Join(r.root, filepath.FromSlash(image.File)))
			if err != nil {
				return "", fmt.Errorf("%w\nmake it readable, or remove it", err)
			}
			fmt.Fprintf(h, "%q %d %d %d\n", image.File, image.Class, info.Size(), info.ModTime().UnixNano())
		}
	}
	return filepath.Join(dir, "folders", fmt.Sprintf("%s-%s.images", r.folder.Name, hex.EncodeToString(h.Sum(nil))[:16])), nil
}

func (r *folderRead) save(w io.Writer, parts []folderPart) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s%s\n", cacheMagic, r.d.Fingerprint)
	for _, p := range parts {
		s := r.d.split(p.split)
		_, _ = b.Write(s.Labels) // b keeps the error
		_, _ = b.Write(s.Pixels)
	}
	return b.Flush()
}

// load fills the splits from a file, or leaves an error.
func (r *folderRead) load(path string, parts []folderPart) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, len(cacheMagic)+sha256.Size*2+1)
	if _, err := io.ReadFull(f, head); err != nil {
		return err
	}
	want, is := bytes.CutPrefix(head, []byte(cacheMagic))
	if !is {
		return fmt.Errorf("%s is of another version", path)
	}
	for _, p := range parts {
		s := r.d.split(p.split)
		for _, part := range [][]byte{s.Labels, s.Pixels} {
			if _, err := io.ReadFull(f, part); err != nil {
				return err
			}
		}
	}
	if r.d.Fingerprint = r.d.fingerprint(); r.d.Fingerprint != string(bytes.TrimSpace(want)) {
		return fmt.Errorf("%s is damaged", path)
	}
	return nil
}
