package vision

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDownloadFiles gets a set whose files are published one by one: all of them
// or none, each once.
func TestDownloadFiles(t *testing.T) {
	s := withFewer(mnist(), 12, 6, 0)
	t.Setenv(s.variable, "")
	content := map[string][]byte{}
	for i := range s.layouts[0].files {
		f := &s.layouts[0].files[i]
		b, err := os.ReadFile("testdata/sets/MNIST/raw/" + f.name)
		if err != nil {
			t.Fatal(err)
		}
		content[f.name], f.md5, f.bytes = b, md5Of(b), int64(len(b))
	}
	var asked []string
	missing := "t10k-labels-idx1-ubyte.gz"
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/mnist/")
		asked = append(asked, name)
		if name == missing {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(content[name])
	}))
	defer site.Close()
	s.download = download{url: site.URL + "/mnist/", patience: time.Minute, pause: time.Millisecond, attempts: 2}

	dir := t.TempDir()
	var last [2]int64
	o := Options{CacheDir: dir, Progress: func(done, total int64) {
		if done < last[0] || done > total {
			t.Errorf("%d of %d bytes, after %d", done, total, last[0])
		}
		last = [2]int64{done, total}
	}}
	_, err := s.open(t.Context(), o.complete())
	wantError(t, err, "MNIST is not on this machine and cannot be downloaded", "MNIST_DIR")
	if at, err := s.look(dir); err != nil || at.path != "" {
		t.Errorf("a part of the files passes for all: %v, %v", at, err)
	}
	missing = ""
	last = [2]int64{}
	for range 2 { // the second time from the cache
		d, err := s.open(t.Context(), o.complete())
		if err != nil || d.Origin != Official || d.Source != "raw (gzip)" {
			t.Fatalf("%s, %v", origin(d), err)
		}
	}
	if last[0] != s.bytes() || last[1] != s.bytes() {
		t.Errorf("the progress ends with %d of %d, want %d", last[0], last[1], s.bytes())
	}
	want := []string{"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if left, _ := filepath.Glob(dir + "/MNIST/*"); len(left) != 1 {
		t.Errorf("the cache has %v", left)
	}
}
