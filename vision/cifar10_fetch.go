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
	"time"

	"github.com/gofrs/flock"
)

// fetch downloads CIFAR-10 into the cache and says where it is then. Of
// several processes that fetch, one works and the others wait for it.
func (c cifar10) fetch(ctx context.Context, o Options) (location, error) {
	if o.Offline {
		return location{}, &unavailable{errors.New("the network is not to be used")}
	}
	dir, err := cacheDir(o)
	if err != nil {
		return location{}, err
	}
	at, err := c.fetchInto(ctx, dir, o)
	at.cached = true
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return location{}, fmt.Errorf("keeping CIFAR-10: %w%s", err, cacheRemedy)
	}
	return at, err
}

func (c cifar10) fetchInto(ctx context.Context, dir string, o Options) (location, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return location{}, err
	}
	lock := flock.New(filepath.Join(dir, "cifar-10.lock"))
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return location{}, err
	}
	defer lock.Close()
	if at, err := c.look(dir); err != nil || at.path != "" {
		return at, err
	}
	o.Log.Info(fmt.Sprintf("downloading CIFAR-10 (%d MB) from %s to %s", c.source.size/1_000_000, c.source.url, dir))
	published := c.layouts[0]
	archive := filepath.Join(dir, published.archive)
	if err := c.source.fetch(ctx, archive, o.Progress); err != nil {
		return location{}, err
	}
	if err := published.unpack(ctx, archive, dir); err != nil {
		if ctx.Err() != nil {
			return location{}, err
		}
		// Unpacked files are quicker to read, but the archive will do.
		o.Log.Warn(fmt.Sprintf("%s stays packed: %v", archive, err))
	}
	return c.look(dir)
}

// unpack puts the layout's official archive's six files into its folder in
// dir, all or none, and removes the archive.
func (l layout) unpack(ctx context.Context, archivePath, dir string) error {
	f, err := os.Open(archivePath)
	if err != nil {
		return err
	}
	defer f.Close()
	part := filepath.Join(dir, l.folder+".part")
	if err := os.RemoveAll(part); err != nil { // from a process that was killed
		return err
	}
	if err := os.Mkdir(part, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(part)
	a := archive{layouts: []layout{l}}
	a.each = func(_ *layout, i int, _ int64, r io.Reader) error {
		return writeChecked(filepath.Join(part, l.files[i].name), l.files[i].md5, r)
	}
	if err := a.read(ctx, f); err != nil {
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
