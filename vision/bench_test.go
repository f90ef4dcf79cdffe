package vision

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"aeprobe/config"
)

// BenchmarkFolder decodes a folder of 512 JPEGs of 256 by 192 pixels, on as many
// processors as -cpu says, and crops them to 64 by 64.
func BenchmarkFolder(b *testing.B) {
	root := b.TempDir()
	const n = 512
	for i := range n {
		dir := filepath.Join(root, []string{"a", "b"}[i%2])
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		picture := image.NewRGBA(image.Rect(0, 0, 256, 192))
		for y := range 192 {
			for x := range 256 {
				picture.SetRGBA(x, y, color.RGBA{byte(x*i/40 + y), byte(x ^ y*3), byte(x*y/100 + i), 255})
			}
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 88}); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, string(rune('a'+i/26))+string(rune('a'+i%26))+".jpg"), out.Bytes(), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	p := config.Preparation{Path: root, Size: 64, Fit: config.FitCrop, Channels: 3, TestShare: 0.1}
	for b.Loop() {
		// No cache: its folder is a file.
		if _, err := Open(b.Context(), config.FolderSet, Options{Prepare: p, CacheDir: filepath.Join(root, "a", "aa.jpg")}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "images/s")
}
