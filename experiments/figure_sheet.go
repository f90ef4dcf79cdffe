package experiments

import (
	"bytes"
	"image"
	"image/jpeg"

	xdraw "golang.org/x/image/draw"

	"aeprobe/internal/atomicfile"
	"aeprobe/internal/report"
	"aeprobe/vision"
)

// How images stand in the sheet: in tiles of at most sheetTile by sheetTile, of a
// quality at which 2,000 take about a megabyte.
const sheetTile, sheetQuality = 32, 75

// imageSheet draws the first training images, for the page to show the one behind a
// point of a scatter plot. Without projected features there is none.
func (d *drawing) imageSheet() error {
	if len(d.results.Features) == 0 {
		return nil
	}
	images := min(d.data.Train.Len(), report.SheetImages)
	tile := min(sheetTile, max(d.data.Shape[1], d.data.Shape[2]))
	rows := (images + report.SheetColumns - 1) / report.SheetColumns
	sheet := image.NewRGBA(image.Rect(0, 0, tile*report.SheetColumns, tile*rows))
	for i := range images {
		at := image.Pt(tile*(i%report.SheetColumns), tile*(i/report.SheetColumns))
		one := vision.Image(d.data.Train.Image(i), d.data.Shape)
		xdraw.CatmullRom.Scale(sheet, image.Rectangle{Min: at, Max: at.Add(image.Pt(tile, tile))}, one, one.Bounds(), xdraw.Src, nil)
	}
	var text bytes.Buffer
	if err := jpeg.Encode(&text, sheet, &jpeg.Options{Quality: sheetQuality}); err != nil {
		return err
	}
	d.files[report.SheetFile] = ""
	return atomicfile.WriteBytes(d.dir.Join(figuresStage, report.SheetFile), text.Bytes())
}
