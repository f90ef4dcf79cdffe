package torchtest

import (
	"testing"

	"aeprobe/internal/torch"
)

// Pin ties a test to its thread. A test that makes gotch fail needs that: the
// error is kept on the thread, and on another one a failed call seems to have
// made a tensor.
func Pin(t testing.TB) {
	t.Helper()
	unpin, err := torch.Pin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(unpin)
}
