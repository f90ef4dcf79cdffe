package plots

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"testing"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// checkLayout finds text that is smaller than 7 points, leaves the page or runs
// into other text.
func checkLayout(t reporter, f *Figure) {
	t.Helper()
	for _, problem := range layoutProblems(f) {
		t.Errorf("figure %q: %s", f.title, problem)
	}
}

// reporter is a *testing.T or a *rapid.T.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

func layoutProblems(f *Figure) []string {
	w, h, _, _ := f.frame()
	c := &textCanvas{at: []turned{{}}}
	f.drawOn(draw.NewCanvas(c, w, h))
	var problems []string
	for i, box := range c.boxes {
		if box.size < 7 {
			problems = append(problems, fmt.Sprintf("%q is set in %v points", box.text, box.size))
		}
		for _, p := range box.corners {
			if p.X < 0 || p.Y < 0 || p.X > w || p.Y > h {
				problems = append(problems, fmt.Sprintf("%q leaves the page of %v by %v at %v", box.text, w, h, p))
				break
			}
		}
		for _, other := range c.boxes[:i] {
			if box.overlaps(other) {
				problems = append(problems, fmt.Sprintf("%q runs into %q", box.text, other.text))
			}
		}
	}
	return problems
}

// textCanvas notes where text is drawn and draws nothing.
type textCanvas struct {
	at    []turned // what Push saves
	boxes []textBox
}

// turned is a coordinate system turned by angle (radians) with origin at shift.
type turned struct {
	shift vg.Point
	angle float64
}

func (s turned) page(p vg.Point) vg.Point {
	sin, cos := math.Sincos(s.angle)
	return s.shift.Add(vg.Point{
		X: p.X*vg.Length(cos) - p.Y*vg.Length(sin),
		Y: p.X*vg.Length(sin) + p.Y*vg.Length(cos),
	})
}

type textBox struct {
	text    string
	size    vg.Length
	corners [4]vg.Point // in order
}

func (c *textCanvas) top() *turned { return &c.at[len(c.at)-1] }

func (c *textCanvas) Push()                               { c.at = append(c.at, *c.top()) }
func (c *textCanvas) Pop()                                { c.at = c.at[:len(c.at)-1] }
func (c *textCanvas) Translate(by vg.Point)               { c.top().shift = c.top().page(by) }
func (c *textCanvas) Rotate(angle float64)                { c.top().angle += angle }
func (c *textCanvas) Scale(x, y float64)                  { panic("text is not followed through Scale") }
func (c *textCanvas) SetLineWidth(vg.Length)              {}
func (c *textCanvas) SetLineDash([]vg.Length, vg.Length)  {}
func (c *textCanvas) SetColor(color.Color)                {}
func (c *textCanvas) Stroke(vg.Path)                      {}
func (c *textCanvas) Fill(vg.Path)                        {}
func (c *textCanvas) DrawImage(vg.Rectangle, image.Image) {}

func (c *textCanvas) FillString(face font.Face, at vg.Point, s string) {
	size, width := face.Font.Size, face.Width(s)
	low, high := at.Y-0.2*size, at.Y+0.72*size // what ink there is
	box := textBox{text: s, size: size}
	for i, p := range []vg.Point{{X: at.X, Y: low}, {X: at.X + width, Y: low}, {X: at.X + width, Y: high}, {X: at.X, Y: high}} {
		box.corners[i] = c.top().page(p)
	}
	c.boxes = append(c.boxes, box)
}

// overlaps tells whether no line parallel to a side of either box separates
// them.
func (b textBox) overlaps(o textBox) bool {
	for _, box := range []textBox{b, o} {
		for i := range 2 {
			axis := box.corners[i+1].Sub(box.corners[i])
			blo, bhi := b.along(axis)
			olo, ohi := o.along(axis)
			if bhi <= olo || ohi <= blo {
				return false
			}
		}
	}
	return true
}

// along returns the range of the corners projected onto an axis.
func (b textBox) along(axis vg.Point) (lo, hi vg.Length) {
	lo, hi = vg.Length(math.Inf(1)), vg.Length(math.Inf(-1))
	for _, p := range b.corners {
		at := p.Dot(axis)
		lo, hi = min(lo, at), max(hi, at)
	}
	return lo, hi
}

func TestLayoutProblems(t *testing.T) {
	write := func(texts ...func(draw.Canvas)) *Figure {
		return &Figure{title: "page", width: 100, height: 100, body: func(c draw.Canvas) {
			for _, text := range texts {
				text(c)
			}
		}}
	}
	at := func(x, y vg.Length, s string) func(draw.Canvas) {
		return func(c draw.Canvas) { tickText.write(c, vg.Point{X: x, Y: y}, left, s) }
	}
	upright := func(x, y vg.Length, s string) func(draw.Canvas) {
		return func(c draw.Canvas) { tickText.writeTurned(c, vg.Point{X: x, Y: y}, math.Pi/2, left, s) }
	}
	tiny := func(c draw.Canvas) { lettering{size: 6, color: ink}.write(c, vg.Point{X: 20, Y: 20}, left, "x") }
	for name, tt := range map[string]struct {
		figure *Figure
		want   int
	}{
		"apart":           {write(at(20, 40, "one"), at(60, 40, "two")), 0},
		"below":           {write(at(20, 40, "one"), at(20, 30, "two")), 0},
		"overlapping":     {write(at(20, 40, "one"), at(25, 42, "two")), 1},
		"off the page":    {write(at(90, 40, "a long line of text")), 1},
		"upright beside":  {write(upright(20, 40, "upright"), at(40, 50, "flat")), 0},
		"upright through": {write(upright(45, 40, "upright"), at(40, 50, "flat")), 1},
		"small":           {write(tiny), 1},
	} {
		if got := layoutProblems(tt.figure); len(got) != tt.want {
			t.Errorf("%s: %d problems, want %d: %v", name, len(got), tt.want, got)
		}
	}
}
