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
	"syscall"
	"time"

	"aeprobe/internal/atomicfile"
)

// This file keeps decoded images. A file in the cache is named after all that it
// was made from: the folder, its files with their sizes, times and inodes, and what
// was made of them. The time of the last change to an inode tells files that were
// renamed, whatever time of their own they keep. It holds the fingerprint of its images, then each split's labels
// and pixels. A file that does not have that fingerprint is made again.

// cacheMagic begins a file, and names the version of decoding.
const cacheMagic = "aeprobe images 1\n"

// fromCacheOrFiles fills the splits.
func (r *folderRead) fromCacheOrFiles(ctx context.Context, o Options) error {
	parts := r.splits(o.Unlabelled)
	key, err := r.cacheKey(parts)
	if err != nil {
		return err
	}
	dir, noCache := cacheDir(o)
	path := filepath.Join(dir, "folders", fmt.Sprintf("%s-%s.images", r.folder.Name, key))
	if noCache == nil && r.load(path, parts) == nil {
		return nil
	}
	if err := r.decode(ctx, parts); err != nil {
		return err
	}
	r.d.Fingerprint = r.d.fingerprint()
	err = noCache
	if err == nil {
		err = r.keep(path, parts)
	}
	if err != nil {
		o.Log.Warn(fmt.Sprintf("the decoded images cannot be kept, and will be decoded again next time: %v", err))
	}
	return nil
}

// abandoned is how old a temporary file is whose writer was killed: none writes for
// so long.
const abandoned = 24 * time.Hour

// keep writes the decoded images, and removes what killed processes have left there.
func (r *folderRead) keep(path string, parts []folderPart) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := atomicfile.RemoveAbandoned(dir, abandoned); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return r.save(w, parts) })
}

// cacheKey stands for all that the decoded images are made from.
func (r *folderRead) cacheKey(parts []folderPart) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s%q %v %q\n", cacheMagic, r.root, r.shape, r.fit)
	for _, p := range parts {
		fmt.Fprintln(h, p.split, len(p.images))
		for _, image := range p.images {
			info, err := os.Stat(filepath.Join(r.root, filepath.FromSlash(image.File)))
			if err != nil {
				return "", fmt.Errorf("%w\nmake it readable, or remove it", err)
			}
			fmt.Fprintf(h, "%q %d %d %d", image.File, image.Class, info.Size(), info.ModTime().UnixNano())
			if inode, is := info.Sys().(*syscall.Stat_t); is {
				fmt.Fprintf(h, " %d %d", inode.Ino, inode.Ctim.Nano())
			}
			fmt.Fprintln(h)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
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
