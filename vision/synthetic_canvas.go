package vision

import "slices"

const (
	// side of the canvas; images are half of it, so that edges are smooth.
	side = 64
	// one canvas pixel in the fixed-point numbers of points.
	one = 256
)

// rgb is a colour, each part 0..255; parts outside are cut off when painted.
type rgb [3]int

// scale brightens (above 100) or darkens a colour.
func (c rgb) scale(percent int) rgb {
	return rgb{c[0] * percent / 100, c[1] * percent / 100, c[2] * percent / 100}
}

// mix is the colour a part (0..100) of the way to another.
func (c rgb) mix(d rgb, part int) rgb {
	for i := range c {
		c[i] += (d[i] - c[i]) * part / 100
	}
	return c
}

// vary shifts each part by up to n.
func (c rgb) vary(r *random, n int) rgb {
	for i := range c {
		c[i] += r.between(-n, n)
	}
	return c
}

// canvas is where an image is drawn, with whole numbers only: floating point
// may differ between processors. Things are drawn in a frame of their own, x
// to the right and y down, about -100 to 100.
type canvas struct {
	pixels [side][side]rgb
	*random
	// A point (x, y) of a thing is at (ox + (x*ax+y*bx)/16, oy +
	// (x*ay+y*by)/16) on the canvas.
	ox, oy, ax, ay, bx, by int
	// light makes a thing brighter above than below, in percent.
	light int
}

// place sets where things are drawn: the frame's middle in canvas pixels, its
// size (100 fills the canvas), its tilt in percent (45 degrees are 100).
func (c *canvas) place(x, y, size, tilt int, mirrored bool) {
	unit := 16 * one * side / 2 * size / 100 / 100
	c.ox, c.oy = x*one, y*one
	c.ax, c.by = unit, unit
	c.ay, c.bx = unit*tilt/100, -unit*tilt/100
	if mirrored {
		c.ax, c.ay = -c.ax, -c.ay
	}
}

type point struct{ x, y int }

func (c *canvas) onCanvas(x, y int) point {
	return point{c.ox + (x*c.ax+y*c.bx)/16, c.oy + (x*c.ay+y*c.by)/16}
}

// polygon fills x, y, x, y, ...
func (c *canvas) polygon(colour rgb, xy ...int) {
	var corners [20]point
	n := 0
	for i := 0; i+1 < len(xy) && n < len(corners); i += 2 {
		corners[n] = c.onCanvas(xy[i], xy[i+1])
		n++
	}
	c.fill(colour, corners[:n])
}

// rectangle fills from one corner to the other.
func (c *canvas) rectangle(colour rgb, x0, y0, x1, y1 int) {
	c.polygon(colour, x0, y0, x1, y0, x1, y1, x0, y1)
}

// circle is a sixteenth-turn polygon with a radius of 100.
var circle = [16]point{
	{100, 0}, {92, 38}, {71, 71}, {38, 92}, {0, 100}, {-38, 92}, {-71, 71}, {-92, 38},
	{-100, 0}, {-92, -38}, {-71, -71}, {-38, -92}, {0, -100}, {38, -92}, {71, -71}, {92, -38},
}

// ellipse fills one with its middle at (x, y).
func (c *canvas) ellipse(colour rgb, x, y, rx, ry int) {
	var corners [len(circle)]point
	for i, p := range circle {
		corners[i] = c.onCanvas(x+p.x*rx/100, y+p.y*ry/100)
	}
	c.fill(colour, corners[:])
}

// line is a stroke of a width.
func (c *canvas) line(colour rgb, width, x0, y0, x1, y1 int) {
	dx, dy := 0, width/2
	if max(x1-x0, x0-x1) < max(y1-y0, y0-y1) {
		dx, dy = width/2, 0
	}
	c.polygon(colour, x0-dx, y0-dy, x1-dx, y1-dy, x1+dx, y1+dy, x0+dx, y0+dy)
}

// fill paints the pixels whose middle is inside the corners (even-odd rule).
func (c *canvas) fill(colour rgb, corners []point) {
	top, bottom := corners[0].y, corners[0].y
	for _, p := range corners {
		top, bottom = min(top, p.y), max(bottom, p.y)
	}
	for y := max(0, top/one); y < min(side, bottom/one+1); y++ {
		var crossings [20]int
		xs := crossings[:0]
		middle := y*one + one/2
		for i, p := range corners {
			q := corners[(i+1)%len(corners)]
			if (p.y <= middle) != (q.y <= middle) {
				xs = append(xs, p.x+int(int64(middle-p.y)*int64(q.x-p.x)/int64(q.y-p.y)))
			}
		}
		slices.Sort(xs)
		shade := colour.scale(100 + c.light*(side/2-y)/(side/2))
		for i := 0; i+1 < len(xs); i += 2 {
			from, to := max(0, (xs[i]+one/2-1)>>8), min(side, (xs[i+1]+one/2-1)>>8)
			for x := from; x < to; x++ {
				c.pixels[y][x] = shade
			}
		}
	}
}

// shrink halves the canvas to an image [3, 32, 32], with its contrast,
// brightness and noise.
func (c *canvas) shrink(image []byte) {
	const half = side / 2
	contrast, brightness := c.between(60, 120), c.between(-30, 30)
	noise := pick(c.random, 4, 8, 12, 20, 32)
	for y := range half {
		for x := range half {
			a, b := &c.pixels[2*y][2*x], &c.pixels[2*y][2*x+1]
			d, e := &c.pixels[2*y+1][2*x], &c.pixels[2*y+1][2*x+1]
			grain := c.pcg.Uint64()
			for k := range 3 {
				v := (a[k] + b[k] + d[k] + e[k]) / 4
				v = 128 + (v-128)*contrast/100 + brightness
				// The sum of two bytes is a coarse bell, -255 to 255.
				v += (int(grain&255) + int(grain>>8&255) - 255) * noise / 255
				grain >>= 16
				image[k*half*half+y*half+x] = byte(min(max(v, 0), 255))
			}
		}
	}
}
