package words

import "testing"

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 9940: "9.9 kB", 9960: "10 kB",
		999_400: "999 kB", 999_600: "1.0 MB", 312_000_000: "312 MB", 22_000_000_000: "22 GB", 1 << 62: "4.6 EB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
