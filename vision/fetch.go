package vision

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// fetch downloads the set into the cache and says where it is then. Of several
// processes that fetch, one works and the others wait for it.
func (s source) fetch(ctx context.Context, o Options) (location, error) {
	if o.Offline {
		return location{}, &unavailable{errors.New("the network is not to be used")}
	}
	dir, err := cacheDir(o)
	if err != nil {
		return location{}, err
	}
	at, err := s.fetchInto(ctx, dir, o)
	at.cached = true
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return location{}, fmt.Errorf("keeping %s: %w%s", s.title, err, cacheRemedy)
	}
	return at, err
}

func (s source) fetchInto(ctx context.Context, dir string, o Options) (location, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return location{}, err
	}
	lock := flock.New(filepath.Join(dir, strings.ToLower(s.title)+".lock"))
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return location{}, err
	}
	defer lock.Close()
	if at, err := s.look(dir); err != nil || at.path != "" {
		return at, err
	}
	o.Log.Info(fmt.Sprintf("downloading %s (%d MB) from %s to %s", s.title, s.bytes()/1_000_000, s.download.url, dir))
	published := s.layouts[0]
	if published.archive == "" {
		return s.fetchFiles(ctx, dir, o)
	}
	archive := filepath.Join(dir, published.archive)
	if err := s.download.fetch(ctx, archive, o.Progress); err != nil {
		return location{}, err
	}
	if s.staysPacked {
		return s.look(dir)
	}
	if err := s.unpack(ctx, archive, dir); err != nil {
		if ctx.Err() != nil {
			return location{}, err
		}
		// Unpacked files are quicker to read, but the archive will do.
		o.Log.Warn(fmt.Sprintf("%s stays packed: %v", archive, err))
	}
	return s.look(dir)
}

// bytes is how much there is to download.
func (s source) bytes() int64 {
	n := s.download.size
	for _, f := range s.layouts[0].files {
		n += f.bytes
	}
	return n
}

// fetchFiles downloads the files of the first layout, which are published one by
// one, into its folder in dir.
func (s source) fetchFiles(ctx context.Context, dir string, o Options) (location, error) {
	folder := filepath.Join(dir, s.layouts[0].folder)
	part := folder + ".part" // until all of them are there
	if err := os.MkdirAll(part, 0o755); err != nil {
		return location{}, err
	}
	var before int64
	for _, f := range s.layouts[0].files {
		d := s.download
		d.url, d.md5, d.size = d.url+f.name, f.md5, f.bytes
		var progress func(done, total int64)
		if o.Progress != nil {
			progress = func(done, _ int64) { o.Progress(before+done, s.bytes()) }
		}
		path := filepath.Join(part, f.name)
		is, err := isFile(path)
		if err == nil && !is {
			err = d.fetch(ctx, path, progress)
		}
		if err != nil {
			return location{}, err
		}
		before += f.bytes
	}
	if err := os.Rename(part, folder); err != nil {
		return location{}, err
	}
	return s.look(dir)
}

// unpack puts the files of the official archive, which is of the first layout,
// into the layout's folder in dir, all or none, and removes the archive.
func (s source) unpack(ctx context.Context, archivePath, dir string) error {
	f, err := os.Open(archivePath)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	l := s.layouts[0]
	part := filepath.Join(dir, l.folder+".part")
	if err := os.RemoveAll(part); err != nil { // from a process that was killed
		return err
	}
	if err := os.Mkdir(part, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(part)
	a := archive{of: s, layouts: []layout{l}}
	a.each = func(_ *layout, i int, _ int64, r io.Reader) error {
		return writeChecked(filepath.Join(part, l.files[i].name), l.files[i].md5, r)
	}
	if err := a.read(ctx, f, info.Size()); err != nil {
		return err
	}
	if err := os.Rename(part, filepath.Join(dir, l.folder)); err != nil {
		return err
	}
	return os.Remove(archivePath)
}

// writeChecked writes a file that has to have an MD5.
func writeChecked(path, want string, r io.Reader) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := md5.New()
	if _, err := io.Copy(io.MultiWriter(f, sum), r); err != nil {
		return err
	}
	if got := hexOf(sum); got != want {
		return fmt.Errorf("its MD5 is %s, not %s", got, want)
	}
	return f.Sync()
}
