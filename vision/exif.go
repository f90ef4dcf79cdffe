package vision

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/draw"
)

// This file turns photographs upright, as cameras say in EXIF's tag 274, from 1
// (as it is) to 8. What is damaged in EXIF says nothing.

const orientationTag = 0x0112

// orientation is a JPEG's, 1 if it does not say.
func orientation(content []byte) int {
	const app1, startOfScan = 0xe1, 0xda
	for at := 2; at+4 <= len(content) && content[at] == 0xff; {
		marker := content[at+1]
		if marker == 0xff { // padding
			at++
			continue
		}
		if marker == startOfScan {
			break
		}
		size := int(binary.BigEndian.Uint16(content[at+2:]))
		if size < 2 || at+2+size > len(content) {
			break
		}
		segment := content[at+4 : at+2+size]
		if exif, is := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); is && marker == app1 {
			return tiffOrientation(exif)
		}
		at += 2 + size
	}
	return 1
}

// tiffOrientation looks in the first directory of a TIFF.
func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == orientationTag {
			if value := int(order.Uint16(entries[8:])); value >= 1 && value <= 8 {
				return value
			}
			break
		}
		entries = entries[12:]
	}
	return 1
}

// upright turns and mirrors a picture, *image.Gray or *image.RGBA.
func upright(picture image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return picture
	}
	w, h := picture.Bounds().Dx(), picture.Bounds().Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	var made draw.Image = image.NewRGBA(size)
	if _, is := picture.(*image.Gray); is {
		made = image.NewGray(size)
	}
	for y := range size.Dy() {
		for x := range size.Dx() {
			from := [...]image.Point{2: {w - 1 - x, y}, 3: {w - 1 - x, h - 1 - y}, 4: {x, h - 1 - y},
				5: {y, x}, 6: {y, h - 1 - x}, 7: {w - 1 - y, h - 1 - x}, 8: {w - 1 - y, x}}[orientation]
			made.Set(x, y, picture.At(from.X, from.Y))
		}
	}
	return made
}
