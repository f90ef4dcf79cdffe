package plots

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sideKey is a key at the right of curves: each entry stands as near to the
// height of its curve's end as the others allow.
type sideKey struct {
	entries []sideEntry // from the highest end to the lowest
	width   vg.Length
}

type sideEntry struct {
	legendEntry
	lines []string
	end   float64 // the curve's last value
	joins bool    // the curve reaches the right end of the axis
}

const (
	sideLeader = vg.Length(12) // from a curve's end to its sample
	sideGap    = vg.Length(3)  // between entries
)

func newSideKey(d Curves) sideKey {
	const widest, mostLines = 118, 2
	places := d.places()
	var k sideKey
	for i, curve := range d.Curves {
		line, glyph := seriesStyle(i)
		k.entries = append(k.entries, sideEntry{
			legendEntry: legendEntry{line: line, glyph: glyph},
			lines:       tickText.wrapTo(curve.Label, widest, mostLines),
			end:         curve.last().Value,
			joins:       curve.last().X == places[len(places)-1],
		})
	}
	if r := d.Reference; r != nil {
		k.entries = append(k.entries, sideEntry{
			legendEntry: legendEntry{line: referenceLine}, lines: tickText.wrapTo(r.Label, widest, mostLines),
			end: r.Value, joins: true,
		})
	}
	slices.SortStableFunc(k.entries, func(a, b sideEntry) int { return cmp.Compare(b.end, a.end) })
	for _, e := range k.entries {
		k.width = max(k.width, tickText.widest(e.lines))
	}
	k.width = vg.Length(math.Ceil(float64(k.width))) + legendSample + legendGap
	return k
}

func (e sideEntry) height() vg.Length {
	return tickText.lead()*vg.Length(max(1, len(e.lines))) + sideGap
}

// height is the least height that holds the key.
func (k sideKey) height() (sum vg.Length) {
	for _, e := range k.entries {
		sum += e.height()
	}
	return sum
}

// draw draws the key at the right edge of c, beside curves in data that y maps
// to their heights.
func (k sideKey) draw(c, data draw.Canvas, y func(float64) vg.Length) {
	n := len(k.entries)
	depths, steps := make([]vg.Length, n), make([]vg.Length, n)
	for i, e := range k.entries {
		depths[i] = data.Max.Y - y(e.end)
		if i > 0 {
			steps[i] = (k.entries[i-1].height() + e.height()) / 2
		}
	}
	first, last := k.entries[0].height()/2, k.entries[n-1].height()/2
	x := c.Max.X - k.width
	for i, depth := range apart(depths, steps, first, data.Size().Y-last) {
		e := k.entries[i]
		at := data.Max.Y - depth
		if e.joins {
			c.StrokeLine2(draw.LineStyle{Color: e.line.Color, Width: 0.4}, data.Max.X, data.Max.Y-depths[i], x-2, at)
		}
		c.StrokeLine2(e.line, x, at, x+legendSample, at)
		c.DrawGlyphNoClip(e.glyph, vg.Point{X: x + legendSample/2, Y: at})
		tickText.writeBlock(c, vg.Point{X: x + legendSample + legendGap, Y: at}, left, e.lines)
	}
}

// apart moves rising places as little as possible (by the sum of squares) until
// the i-th is at least steps[i] behind the one before it, the first at least at
// lo and the last at most at hi, if there is that much room. steps[0] is unused.
func apart(places, steps []vg.Length, lo, hi vg.Length) []vg.Length {
	// Less the steps, the places only need to rise: pool adjacent violators
	// (Barlow et al., Statistical Inference under Order Restrictions, 1972).
	type pool struct {
		sum vg.Length
		n   int
	}
	mean := func(p pool) vg.Length { return p.sum / vg.Length(p.n) }
	var pools []pool
	offset := vg.Length(0)
	for i, place := range places {
		if i > 0 {
			offset += steps[i]
		}
		pools = append(pools, pool{place - offset, 1})
		for last := len(pools) - 1; last > 0 && mean(pools[last-1]) >= mean(pools[last]); last-- {
			pools[last-1].sum += pools[last].sum
			pools[last-1].n += pools[last].n
			pools = pools[:last]
		}
	}
	out := make([]vg.Length, 0, len(places))
	hi -= offset
	offset = 0
	for _, p := range pools {
		for range p.n {
			if len(out) > 0 {
				offset += steps[len(out)]
			}
			out = append(out, max(lo, min(hi, mean(p)))+offset)
		}
	}
	return out
}
