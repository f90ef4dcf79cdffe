package vision

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// site serves an archive, each request as the next of its ways; the last one
// stays.
type site struct {
	*httptest.Server
	content []byte
	ways    []way

	mu     sync.Mutex
	ranges []string // the Range headers it got
}

// way answers one request. Ranges are what http.ServeContent makes of them.
type way func(s *site, w http.ResponseWriter, r *http.Request)

func newSite(t *testing.T, content []byte, ways ...way) *site {
	s := &site{content: content, ways: ways}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.ranges = append(s.ranges, r.Header.Get("Range"))
	now := s.ways[0]
	if len(s.ways) > 1 {
		s.ways = s.ways[1:]
	}
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/x-gzip")
	now(s, w, r)
}

func whole(s *site, w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(s.content)))
}

// noRange sends all, whatever was asked for.
func noRange(s *site, w http.ResponseWriter, r *http.Request) {
	r.Header.Del("Range")
	whole(s, w, r)
}

// cut sends n bytes of what was asked for and drops the connection.
func cut(n int) way {
	return func(s *site, w http.ResponseWriter, r *http.Request) {
		begin(s, w, r, n)
		panic(http.ErrAbortHandler)
	}
}

// silent sends n bytes and then nothing, until the client goes.
func silent(n int) way {
	return func(s *site, w http.ResponseWriter, r *http.Request) {
		begin(s, w, r, n)
		<-r.Context().Done()
	}
}

func begin(s *site, w http.ResponseWriter, r *http.Request, n int) {
	from := 0
	if asked := r.Header.Get("Range"); asked != "" {
		from, _ = strconv.Atoi(strings.Trim(asked, "bytes=-"))
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(s.content)-1, len(s.content)))
		w.Header().Set("Content-Length", strconv.Itoa(len(s.content)-from))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		w.Header().Set("Content-Length", strconv.Itoa(len(s.content)))
	}
	w.Write(s.content[from : from+n])
	w.(http.Flusher).Flush()
}

func status(code int) way {
	return func(_ *site, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func page(_ *site, w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, "<html>log in</html>")
}

// otherPart answers a range with another one.
func otherPart(s *site, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-9/%d", len(s.content)))
	w.WriteHeader(http.StatusPartialContent)
	w.Write(s.content[:10])
}

// tooMuch sends another byte after the file.
func tooMuch(s *site, w http.ResponseWriter, _ *http.Request) {
	w.Write(append(s.content[:len(s.content):len(s.content)], 0))
}

// fetchFrom opens small's data set from a site, with an empty cache.
func (s *small) fetchFrom(ctx context.Context, url string, o Options) (*Dataset, error) {
	of := s.source
	of.download.url = url
	o.Train, o.Test = 20, 10 // what a stand-in draws
	return of.open(ctx, o.complete())
}

func TestDownload(t *testing.T) {
	t.Setenv("CIFAR10_DIR", "")
	s := newSmall(t)
	n := len(s.archive)
	for name, c := range map[string]struct {
		part   []byte // from an earlier call
		ways   []way
		ranges []string
	}{
		"at once":            {nil, []way{whole}, []string{""}},
		"cut twice":          {nil, []way{cut(1000), cut(500), whole}, []string{"", "bytes=1000-", "bytes=1500-"}},
		"cut, no ranges":     {nil, []way{cut(1000), noRange}, []string{"", "bytes=1000-"}},
		"busy in between":    {nil, []way{cut(1000), status(503), whole}, []string{"", "bytes=1000-", "bytes=1000-"}},
		"another part":       {nil, []way{cut(1000), otherPart, whole}, []string{"", "bytes=1000-", ""}},
		"cut at once":        {nil, []way{cut(0), whole}, []string{"", ""}},
		"goes on":            {s.archive[:700], []way{whole}, []string{"bytes=700-"}},
		"was complete":       {s.archive, []way{whole}, nil},
		"was too long":       {append(s.archive[:n:n], 1), []way{whole}, []string{""}},
		"was another file":   {make([]byte, 700), []way{whole}, []string{"bytes=700-", ""}},
		"no such part":       {s.archive[:700], []way{status(416), whole}, []string{"bytes=700-", ""}},
		"another, complete":  {make([]byte, n), []way{whole}, []string{""}},
		"the network is new": {s.archive[:700], []way{noRange}, []string{"bytes=700-"}},
	} {
		t.Run(name, func(t *testing.T) {
			site := newSite(t, s.archive, c.ways...)
			dir := t.TempDir()
			if c.part != nil {
				writeFile(t, filepath.Join(dir, "cifar-10-binary.tar.gz.part"), c.part)
			}
			var last int64
			o := Options{CacheDir: dir, Progress: func(done, total int64) {
				if total != int64(n) || done > total {
					t.Errorf("progress %d of %d", done, total)
				}
				last = done
			}}
			d, err := s.fetchFrom(t.Context(), site.URL, o)
			if err != nil {
				t.Fatal(err)
			}
			if d.Origin != Official || d.Fingerprint != s.set.Fingerprint || d.Source != "cifar-10-batches-bin (binary)" {
				t.Errorf("%s from %s", d.Title(), d.Source)
			}
			if last != int64(n) && c.ranges != nil {
				t.Errorf("the last progress was %d of %d", last, n)
			}
			if diff := cmp.Diff(c.ranges, site.ranges); diff != "" {
				t.Errorf("ranges asked for (-want +got):\n%s", diff)
			}
			want := []string{"cifar-10-batches-bin"}
			for _, f := range s.layouts[0].files {
				want = append(want, "cifar-10-batches-bin/"+f.name)
			}
			if diff := cmp.Diff(append(want, "cifar-10.lock"), filesIn(t, dir)); diff != "" {
				t.Errorf("files in the cache (-want +got):\n%s", diff)
			}
			// A second call needs no network.
			site.Close()
			if d, err := s.fetchFrom(t.Context(), site.URL, o); err != nil || d.Origin != Official {
				t.Errorf("the second time: %v", err)
			}
		})
	}
}

// TestDownloadStandIn: where nothing can be had, the synthetic set is used,
// and the log says so.
func TestDownloadStandIn(t *testing.T) {
	t.Setenv("CIFAR10_DIR", "")
	s := newSmall(t)
	for name, c := range map[string]struct {
		way     way
		offline bool
		reason  string
	}{
		"offline":     {whole, true, "not to be used"},
		"not there":   {status(404), false, "404"},
		"a page":      {page, false, "a page, not the file"},
		"cut at once": {cut(0), false, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			site := newSite(t, s.archive, c.way)
			var h heard
			dir := t.TempDir()
			d, err := s.fetchFrom(t.Context(), site.URL, Options{CacheDir: dir, Offline: c.offline, Log: h.logger()})
			if err != nil {
				t.Fatal(err)
			}
			if d.Name != "synthetic" || d.Origin != Drawn || d.Train.Len() != 20 || d.Test.Len() != 10 {
				t.Errorf("%s, %s, %d + %d", d.Name, d.Origin, d.Train.Len(), d.Test.Len())
			}
			if is, _ := isFile(filepath.Join(dir, "cifar-10-binary.tar.gz.part")); is {
				t.Error("an empty part was kept")
			}
			for _, part := range []string{"level=WARN", c.reason, "synthetic data (not CIFAR-10)", "--data", "CIFAR10_DIR"} {
				if !strings.Contains(h.String(), part) {
					t.Errorf("the log lacks %q:\n%s", part, h.String())
				}
			}
		})
	}
	t.Run("no server", func(t *testing.T) {
		site := newSite(t, nil, whole)
		site.Close()
		d, err := s.fetchFrom(t.Context(), site.URL, Options{CacheDir: t.TempDir()})
		if err != nil || d.Origin != Drawn {
			t.Errorf("%v", err)
		}
	})
}

func TestDownloadFails(t *testing.T) {
	t.Setenv("CIFAR10_DIR", "")
	s := newSmall(t)
	other := make([]byte, len(s.archive))
	for name, c := range map[string]struct {
		content []byte
		ways    []way
		want    []string
		part    int // bytes kept
	}{
		"another file": {other, []way{whole}, []string{"MD5 " + md5Of(other), s.layouts[0].archiveMD5, "\ntry another network"}, -1},
		"a longer one": {s.archive, []way{tooMuch}, []string{"more than the file's"}, -1},
		"cut, and no more": {s.archive, []way{cut(1000), status(404)},
			[]string{"404", "after 1000 of", "\nthese are kept: run again"}, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			site := newSite(t, c.content, c.ways...)
			dir := t.TempDir()
			_, err := s.fetchFrom(t.Context(), site.URL, Options{CacheDir: dir})
			wantError(t, err, c.want...)
			kept, err := os.ReadFile(filepath.Join(dir, "cifar-10-binary.tar.gz.part"))
			if c.part >= 0 && (err != nil || len(kept) != c.part) {
				t.Errorf("%d bytes kept (%v), want %d", len(kept), err, c.part)
			}
			if c.want[0] == "MD5 "+md5Of(other) && err == nil {
				t.Error("the wrong file was kept")
			}
		})
	}
}

// TestDownloadSilence: a server that stops sending is asked again.
func TestDownloadSilence(t *testing.T) {
	t.Setenv("CIFAR10_DIR", "")
	s := newSmall(t)
	s.download.patience = time.Second
	site := newSite(t, s.archive, silent(1000), whole)
	d, err := s.fetchFrom(t.Context(), site.URL, Options{CacheDir: t.TempDir()})
	if err != nil || d.Origin != Official {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff([]string{"", "bytes=1000-"}, site.ranges); diff != "" {
		t.Errorf("ranges asked for (-want +got):\n%s", diff)
	}
}

// TestDownloadCancelled keeps what came, and the next call goes on.
func TestDownloadCancelled(t *testing.T) {
	t.Setenv("CIFAR10_DIR", "")
	s := newSmall(t)
	site := newSite(t, s.archive, silent(1000), whole)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.fetchFrom(ctx, site.URL, Options{CacheDir: dir, Progress: func(int64, int64) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("%v, want that it was cancelled", err)
	}
	d, err := s.fetchFrom(t.Context(), site.URL, Options{CacheDir: dir})
	if err != nil || d.Origin != Official {
		t.Fatalf("the second time: %v", err)
	}
	if diff := cmp.Diff([]string{"", "bytes=1000-"}, site.ranges); diff != "" {
		t.Errorf("ranges asked for (-want +got):\n%s", diff)
	}
}

// TestDownloadTogether: of several at once, one downloads.
func TestDownloadTogether(t *testing.T) {
	t.Setenv("CIFAR10_DIR", "")
	s := newSmall(t)
	site := newSite(t, s.archive, whole)
	dir := t.TempDir()
	var group sync.WaitGroup
	var good atomic.Int32
	for range 4 {
		group.Go(func() {
			d, err := s.fetchFrom(t.Context(), site.URL, Options{CacheDir: dir})
			if err != nil || d.Origin != Official {
				t.Errorf("%v", err)
				return
			}
			good.Add(1)
		})
	}
	group.Wait()
	if good.Load() != 4 || len(site.ranges) != 1 {
		t.Errorf("%d of 4 have the data after %d requests, want 1", good.Load(), len(site.ranges))
	}
}

// TestCacheCannotBeWritten names the folder and what to do.
func TestCacheCannotBeWritten(t *testing.T) {
	t.Setenv("CIFAR10_DIR", "")
	s := newSmall(t)
	site := newSite(t, s.archive, whole)
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, nil)
	dir := filepath.Join(file, "cache")
	_, err := s.fetchFrom(t.Context(), site.URL, Options{CacheDir: dir})
	wantError(t, err, dir, cacheRemedy)
}

func TestCacheDir(t *testing.T) {
	t.Setenv("HOME", "/home/someone")
	t.Setenv("XDG_CACHE_HOME", "")
	for _, c := range []struct{ xdg, option, want string }{
		{"", "", "/home/someone/.cache/aeprobe/data"},
		{"/var/cache", "", "/var/cache/aeprobe/data"},
		{"relative", "", "/home/someone/.cache/aeprobe/data"},
		{"/var/cache", "/given", "/given"},
	} {
		t.Setenv("XDG_CACHE_HOME", c.xdg)
		if got, err := cacheDir(Options{CacheDir: c.option}); got != c.want || err != nil {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}
