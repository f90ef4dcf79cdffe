package plots

import (
	"image/color"
	"strings"
	"unicode"
	"unicode/utf8"

	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// lettering is one kind of text: its font, size and colour.
type lettering struct {
	size   vg.Length
	weight stdfont.Weight
	color  color.Color
}

var (
	titleText = lettering{size: 10, weight: stdfont.WeightBold, color: ink}
	panelText = lettering{size: 8.5, weight: stdfont.WeightBold, color: ink}
	labelText = lettering{size: 8.5, color: ink}
	tickText  = lettering{size: 7.5, color: ink}
	smallText = lettering{size: 7, color: ink}
	noteText  = lettering{size: 7, color: grey}
)

// Alignments of a text: the share of its width that lies before the point it
// is written at.
const (
	left   = 0
	centre = 0.5
	right  = 1
)

// capHeight is the height of Liberation Sans's capitals and digits, as a share
// of the font's size.
const capHeight = 0.69

func (l lettering) font() font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Weight: l.weight, Size: l.size}
}

func (l lettering) face() font.Face {
	return font.DefaultCache.Lookup(l.font(), l.size)
}

// style is the same lettering as gonum/plot's axes want it.
func (l lettering) style(x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color: l.color, Font: l.font(), XAlign: x, YAlign: y,
		Handler: text.Plain{Fonts: font.DefaultCache},
	}
}

func (l lettering) in(c color.Color) lettering {
	l.color = c
	return l
}

// width is the width of one line.
func (l lettering) width(line string) vg.Length {
	face := l.face()
	return face.Width(line)
}

// write draws one line with its baseline at at.Y. Characters that no file may
// hold are drawn as spaces.
func (l lettering) write(c draw.Canvas, at vg.Point, align float64, line string) {
	line = strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return ' '
	}, line)
	if line == "" {
		return
	}
	face := l.face()
	at.X -= vg.Length(align) * face.Width(line)
	c.SetColor(l.color)
	c.FillString(face, at, line)
}

// writeMiddle draws one line with the middle of its capitals at at.Y.
func (l lettering) writeMiddle(c draw.Canvas, at vg.Point, align float64, line string) {
	at.Y -= l.size * capHeight / 2
	l.write(c, at, align, line)
}

// lead is the distance between the lines of a block.
func (l lettering) lead() vg.Length { return 1.2 * l.size }

// writeBlock draws lines below each other with their middle at at.Y.
func (l lettering) writeBlock(c draw.Canvas, at vg.Point, align float64, lines []string) {
	at.Y += l.lead() * vg.Length(len(lines)-1) / 2
	for _, line := range lines {
		l.writeMiddle(c, at, align, line)
		at.Y -= l.lead()
	}
}

// writeTurned draws one line turned by angle (radians, counter-clockwise)
// around at.
func (l lettering) writeTurned(c draw.Canvas, at vg.Point, angle, align float64, line string) {
	c.Push()
	c.Translate(at)
	c.Rotate(angle)
	l.writeMiddle(c, vg.Point{}, align, line)
	c.Pop()
}

// writeTurnedBlock draws lines below each other, turned by angle around their
// middle.
func (l lettering) writeTurnedBlock(c draw.Canvas, at vg.Point, angle, align float64, lines []string) {
	c.Push()
	c.Translate(at)
	c.Rotate(angle)
	l.writeBlock(c, vg.Point{}, align, lines)
	c.Pop()
}

// wrap breaks s at spaces, and words too long for a line anywhere, into lines
// no wider than width. An empty s has no lines.
func (l lettering) wrap(s string, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && l.width(line+" "+word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
			if word == "·" { // separates nothing at the start of a line
				line = ""
				continue
			}
		}
		for l.width(word) > width {
			n := l.fit(word, width)
			lines = append(lines, word[:n])
			word = word[n:]
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// wrapTo is wrap with at most most lines; the last is shortened if need be.
func (l lettering) wrapTo(s string, width vg.Length, most int) []string {
	lines := l.wrap(s, width)
	if len(lines) > most {
		lines[most-1] = l.shorten(strings.Join(lines[most-1:], " "), width)
		lines = lines[:most]
	}
	return lines
}

// shorten cuts s to the width, with an ellipsis where something is cut.
func (l lettering) shorten(s string, width vg.Length) string {
	if l.width(s) <= width {
		return s
	}
	n := l.fit(s, width-l.width("…"))
	return strings.TrimSpace(s[:n]) + "…"
}

// fit returns how many bytes of s fit into the width: whole characters, and at
// least one.
func (l lettering) fit(s string, width vg.Length) int {
	_, first := utf8.DecodeRuneInString(s)
	end := len(s)
	for end > first && l.width(s[:end]) > width {
		_, last := utf8.DecodeLastRuneInString(s[:end])
		end -= last
	}
	return end
}

// widest returns the width of the widest of the lines.
func (l lettering) widest(lines []string) vg.Length {
	widest := vg.Length(0)
	for _, line := range lines {
		widest = max(widest, l.width(line))
	}
	return widest
}
