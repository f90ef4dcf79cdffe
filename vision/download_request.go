package vision

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// part is a file that is not yet complete, and the MD5 of what it has.
type part struct {
	file     *os.File
	done     int64
	size     int64 // when complete
	came     bool  // any byte since it was opened
	sum      hash.Hash
	progress func(done, total int64)
	alive    func() // called when bytes come
}

// openPart opens what an earlier download left, or begins.
func openPart(path string, size int64, progress func(done, total int64)) (*part, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	p := &part{file: file, size: size, sum: md5.New(), progress: progress}
	p.done, err = io.Copy(p.sum, file)
	if err == nil && p.done > size {
		err = p.restart()
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return p, nil
}

// restart forgets what is there.
func (p *part) restart() error {
	if err := p.file.Truncate(0); err != nil {
		return err
	}
	_, err := p.file.Seek(0, io.SeekStart)
	p.done = 0
	p.sum.Reset()
	return err
}

func (p *part) Write(b []byte) (int, error) {
	if p.done+int64(len(b)) > p.size {
		return 0, fmt.Errorf("the server sends more than the file's %d bytes", p.size)
	}
	n, err := p.file.Write(b)
	p.sum.Write(b[:n])
	p.done += int64(n)
	p.came = true
	p.alive()
	if p.progress != nil {
		p.progress(p.done, p.size)
	}
	return n, err
}

// client gives up a connection that cannot be made within seconds.
var client = &http.Client{Transport: transport()}

func transport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		ForceAttemptHTTP2:   true,
		IdleConnTimeout:     time.Second,
	}
}

var errSilent = errors.New("the server stopped sending")

// request asks once for what the part lacks and takes what comes.
func (d download) request(ctx context.Context, p *part) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(d.patience, func() { cancel(errSilent) })
	defer silence.Stop()
	p.alive = func() { silence.Reset(d.patience) }

	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return err
	}
	if p.done > 0 {
		ask.Header.Set("Range", fmt.Sprintf("bytes=%d-", p.done))
	}
	answer, err := client.Do(ask)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return &unavailable{cause}
	}
	if err != nil {
		return &unavailable{err}
	}
	defer answer.Body.Close()
	if err := d.accept(answer, p); err != nil {
		return err
	}
	if _, err := io.Copy(p, answer.Body); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return err
	}
	if p.done < p.size {
		return fmt.Errorf("the connection ended: %w", io.ErrUnexpectedEOF)
	}
	return nil
}

// accept says whether an answer's body is the file from where the part ends,
// and restarts the part where the server begins anew.
func (d download) accept(answer *http.Response, p *part) error {
	if kind := answer.Header.Get("Content-Type"); strings.HasPrefix(kind, "text/html") {
		return &unavailable{fmt.Errorf("%s answers %s with a page, not the file", d.url, answer.Status)}
	}
	switch answer.StatusCode {
	case http.StatusOK:
		return p.restart()
	case http.StatusPartialContent:
		var from int64
		if _, err := fmt.Sscanf(answer.Header.Get("Content-Range"), "bytes %d-", &from); err == nil && from == p.done {
			return nil
		}
		return errors.Join(errors.New("the server sends another part than was asked for"), p.restart())
	case http.StatusRequestedRangeNotSatisfiable:
		return errors.Join(errors.New("the server has no such part"), p.restart())
	default:
		return &unavailable{fmt.Errorf("%s answers %s", d.url, answer.Status)}
	}
}
