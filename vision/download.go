package vision

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// download is a published file.
type download struct {
	url  string
	md5  string
	size int64 // bytes

	patience time.Duration // how long a server may say nothing
	pause    time.Duration // before a failed request is made again
	attempts int           // requests in a row that may bring no byte
}

// unavailable says that nothing can be had from the network: there is no
// route, or what answers does not have the file.
type unavailable struct{ reason error }

func (u *unavailable) Error() string { return u.reason.Error() }
func (u *unavailable) Unwrap() error { return u.reason }

// wrongSum says that a complete download is not the published file.
type wrongSum struct {
	d    download
	got  string
	size int64
}

func (w *wrongSum) Error() string {
	return fmt.Sprintf("%s gave %d bytes with MD5 %s instead of %s\ntry another network (a proxy may have changed it), or name a copy with --data",
		w.d.url, w.size, w.got, w.d.md5)
}

// fetch puts the file at path, complete and checked, or not at all. It goes on
// where an earlier call stopped. The error is an unavailable where not one
// byte came. Only one fetch at a time may be under way for a path.
func (d download) fetch(ctx context.Context, path string, progress func(done, total int64)) error {
	resumed, err := d.complete(ctx, path, progress)
	if _, wrong := errors.AsType[*wrongSum](err); wrong && resumed {
		// The part that was there before may be the wrong one.
		_, err = d.complete(ctx, path, progress)
	}
	return err
}

// complete fetches what is missing of the file and gives it its name when its
// MD5 is right; else nothing is kept. Resumed says that there was a part
// before.
func (d download) complete(ctx context.Context, path string, progress func(done, total int64)) (resumed bool, err error) {
	p, err := openPart(path+".part", d.size, progress)
	if err != nil {
		return false, err
	}
	defer p.file.Close()
	resumed = p.done > 0
	if err := d.fill(ctx, p); err != nil {
		if p.done == 0 {
			err = errors.Join(err, os.Remove(p.file.Name()))
		}
		return resumed, err
	}
	if got := hexOf(p.sum); got != d.md5 {
		return resumed, errors.Join(&wrongSum{d, got, p.done}, os.Remove(p.file.Name()))
	}
	if err := p.file.Sync(); err != nil {
		return resumed, err
	}
	return resumed, os.Rename(p.file.Name(), path)
}

// fill makes requests until the part is complete.
func (d download) fill(ctx context.Context, p *part) error {
	for failed := 0; p.done < d.size; {
		before := p.done
		err := d.request(ctx, p)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if p.done > before {
			failed = 0
		}
		if err == nil {
			continue
		}
		if _, ok := errors.AsType[*fs.PathError](err); ok {
			return err // the disk's fault: no use to ask again
		}
		if _, ok := errors.AsType[*unavailable](err); ok && !p.came {
			return err
		}
		if failed++; failed == d.attempts {
			return d.giveUp(err, p)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(d.pause):
		}
	}
	return nil
}

func (d download) giveUp(err error, p *part) error {
	if !p.came {
		return &unavailable{err}
	}
	// Not wrapped: what came before was no unavailable.
	return fmt.Errorf("%s: %v, after %d of %d bytes\nthese are kept: run again to go on from there, or name a copy with --data",
		d.url, err, p.done, d.size)
}
