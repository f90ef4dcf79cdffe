package vision

// thing is how one class is drawn: what is around it, how far it may tilt (in
// percent) and itself.
type thing struct {
	around []func(*canvas)
	tilt   int
	draw   func(*canvas)
}

// things are in the order of the labels. Surroundings say something of the
// class, as in photographs, and are shared, so that they do not decide it.
func things() [syntheticClasses]thing {
	type scenes = []func(*canvas)
	return [...]thing{
		{scenes{sky, sky, sky, field, plain, water}, 40, drawPlane},
		{scenes{road, road, road, plain, field, town}, 8, drawCar},
		{scenes{sky, sky, field, forest, plain, water}, 30, drawBird},
		{scenes{room, room, room, field, plain, forest}, 12, drawCat},
		{scenes{field, field, forest, forest, plain, road}, 8, drawDeer},
		{scenes{room, room, field, field, plain, road}, 12, drawDog},
		{scenes{forest, field, water, plain, room, plain}, 20, drawFrog},
		{scenes{field, field, field, forest, plain, road}, 8, drawHorse},
		{scenes{water, water, water, water, sky, plain}, 8, drawShip},
		{scenes{road, road, road, town, plain, field}, 8, drawTruck},
	}
}

// draw paints a scene of a class.
func (c *canvas) draw(class int, r *random) {
	c.random = r
	t := things()[class]
	c.place(side/2, side/2, 100, 0, false)
	c.light = c.between(-25, 25)
	pick(r, t.around...)(c)
	c.clutter()

	size := c.between(52, 105)
	slack := 8 + (105-size)/6
	c.place(side/2+c.between(-slack, slack), side/2+c.between(-slack, slack), size, c.between(-t.tilt, t.tilt), c.chance(50))
	// Things are not all equally long or high.
	c.ax, c.ay = c.ax*c.between(80, 110)/100, c.ay*c.between(80, 110)/100
	c.light = c.between(-10, 50)
	t.draw(c)
	if c.chance(25) {
		c.hide()
	}
}

// clutter paints a few shapeless things behind.
func (c *canvas) clutter() {
	for range c.between(0, 4) {
		colour := rgb{c.between(20, 235), c.between(20, 235), c.between(20, 235)}
		colour = colour.mix(c.pixels[c.between(0, side-1)][c.between(0, side-1)], c.between(30, 80))
		x, y := c.between(-100, 100), c.between(-100, 100)
		if c.chance(50) {
			c.ellipse(colour, x, y, c.between(5, 40), c.between(5, 30))
		} else {
			c.polygon(colour, x, y, x+c.between(5, 60), y+c.between(-20, 20), x+c.between(-20, 60), y+c.between(5, 60))
		}
	}
}

// hide paints something in front, at the edge.
func (c *canvas) hide() {
	c.place(side/2, side/2, 100, c.between(-30, 30), c.chance(50))
	colour := pick(c.random, rgb{60, 80, 40}, rgb{110, 100, 90}, rgb{40, 40, 45}, rgb{190, 185, 175}).vary(c.random, 25)
	if c.chance(50) {
		x := c.between(50, 85)
		c.rectangle(colour, x, -150, x+c.between(6, 100), 150)
	} else {
		c.ellipse(colour, c.between(-100, 100), c.between(85, 120), c.between(30, 90), c.between(20, 45))
	}
}

// ramp paints rows, from one colour above to another below.
func (c *canvas) ramp(from, to int, above, below rgb) {
	for y := max(0, from); y < min(side, to); y++ {
		colour := above.mix(below, (y-from)*100/(to-from))
		for x := range side {
			c.pixels[y][x] = colour
		}
	}
}

// streaks paints a ground's texture from a row down: short lines of nearly its
// colour.
func (c *canvas) streaks(n, from int, long bool) {
	for range n {
		x, y := c.between(0, side-1), c.between(from, side-1)
		colour := c.pixels[y][x].scale(c.between(80, 120))
		dx, dy := 1, c.between(2, 5)
		if long {
			dx, dy = c.between(3, 14), 1
		}
		for i := y; i < min(side, y+dy); i++ {
			for j := x; j < min(side, x+dx); j++ {
				c.pixels[i][j] = colour
			}
		}
	}
}

func (c *canvas) skyColour() rgb {
	return pick(c.random, rgb{90, 150, 220}, rgb{120, 175, 235}, rgb{170, 190, 205}, rgb{205, 210, 215}, rgb{225, 170, 130}, rgb{60, 95, 160}).vary(c.random, 20)
}

func (c *canvas) grassColour() rgb {
	return pick(c.random, rgb{80, 130, 50}, rgb{115, 145, 70}, rgb{150, 140, 85}, rgb{165, 145, 105}, rgb{60, 95, 45}).vary(c.random, 20)
}

func sky(c *canvas) {
	colour := c.skyColour()
	c.ramp(0, side, colour, colour.mix(rgb{235, 235, 235}, c.between(0, 60)))
	for range c.between(0, 4) {
		x, y := c.between(-100, 100), c.between(-100, 100)
		cloud := rgb{235, 235, 240}.mix(colour, c.between(0, 70))
		c.ellipse(cloud, x, y, c.between(15, 50), c.between(5, 15))
		c.ellipse(cloud, x+c.between(-20, 20), y-c.between(0, 8), c.between(10, 25), c.between(6, 16))
	}
}

// horizon paints the sky down to where the ground begins.
func (c *canvas) horizon(lowest int) int {
	y := c.between(side/6, lowest)
	colour := c.skyColour()
	c.ramp(0, y, colour, colour.mix(rgb{230, 230, 230}, c.between(0, 60)))
	return y
}

func field(c *canvas) {
	y := c.horizon(side / 2)
	colour := c.grassColour()
	if c.chance(50) { // trees along the horizon
		trees := rgb{50, 80, 45}.vary(c.random, 15)
		for x := -110; x < 110; x += c.between(12, 30) {
			c.ellipse(trees.vary(c.random, 8), x, y*200/side-100, c.between(12, 25), c.between(8, 25))
		}
	}
	c.ramp(y, side, colour, colour.scale(c.between(75, 120)))
	c.streaks(160, y, false)
}

func forest(c *canvas) {
	colour := c.grassColour().scale(70)
	c.ramp(0, side, colour, colour.scale(c.between(70, 130)))
	c.streaks(260, 0, false)
	for range c.between(1, 6) {
		x, w := c.between(-100, 100), c.between(4, 14)
		c.rectangle(rgb{85, 65, 45}.vary(c.random, 20), x, -110, x+w, c.between(0, 110))
	}
}

func road(c *canvas) {
	y := c.horizon(side / 2)
	ground := pick(c.random, rgb{120, 120, 120}, rgb{90, 90, 95}, rgb{160, 155, 145}, rgb{140, 125, 105}).vary(c.random, 15)
	if c.chance(50) {
		c.buildings(y)
	}
	c.ramp(y, side, c.grassColour(), c.grassColour())
	c.ramp(y+c.between(0, 10), side, ground, ground.scale(c.between(80, 115)))
	c.streaks(60, y, true)
}

// buildings paints a row of them above y.
func (c *canvas) buildings(y int) {
	bottom := y*200/side - 98
	for x := -110; x < 110; {
		w := c.between(20, 60)
		c.rectangle(pick(c.random, rgb{170, 120, 100}, rgb{150, 150, 155}, rgb{200, 190, 170}, rgb{110, 105, 110}).vary(c.random, 20),
			x, bottom-c.between(15, 100), x+w, bottom)
		x += w
	}
}

func town(c *canvas) {
	y := c.horizon(side * 2 / 3)
	c.buildings(y)
	ground := rgb{130, 128, 125}.vary(c.random, 25)
	c.ramp(y, side, ground, ground.scale(85))
	c.streaks(60, y, true)
}

func water(c *canvas) {
	y := c.horizon(side * 2 / 3)
	colour := pick(c.random, rgb{50, 90, 140}, rgb{70, 120, 150}, rgb{90, 110, 115}, rgb{40, 60, 90}, rgb{120, 150, 170}).vary(c.random, 15)
	c.ramp(y, side, colour.scale(115), colour)
	c.streaks(120, y, true)
}

func room(c *canvas) {
	wall := rgb{c.between(90, 230), c.between(80, 220), c.between(70, 210)}
	c.ramp(0, side, wall, wall.scale(c.between(80, 100)))
	y := c.between(side/3, side-4)
	floor := pick(c.random, rgb{150, 110, 75}, rgb{120, 90, 70}, rgb{180, 170, 155}, rgb{110, 50, 50}, rgb{70, 80, 110}).vary(c.random, 25)
	c.ramp(y, side, floor, floor.scale(80))
	c.streaks(50, y, true)
}

func plain(c *canvas) {
	colour := pick(c.random, rgb{245, 245, 245}, rgb{200, 200, 200}, rgb{c.between(30, 220), c.between(30, 220), c.between(30, 220)})
	c.ramp(0, side, colour, colour.scale(c.between(85, 105)))
}
