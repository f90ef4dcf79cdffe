package vision

var (
	black = rgb{25, 25, 28}
	white = rgb{235, 235, 235}
	glass = rgb{70, 90, 110}
)

// paint is a colour that people give to vehicles.
func (c *canvas) paint() rgb {
	return pick(c.random, white, rgb{200, 30, 35}, rgb{40, 70, 160}, rgb{230, 190, 40}, rgb{45, 45, 50},
		rgb{165, 170, 175}, rgb{50, 120, 70}, rgb{120, 130, 145}, rgb{215, 120, 40}).vary(c.random, 18)
}

func drawPlane(c *canvas) {
	body := pick(c.random, white, white, c.paint(), rgb{150, 155, 160})
	wing := body.scale(c.between(60, 90))
	if c.chance(35) { // from above
		c.polygon(wing, 5, -8, -25, -90, -42, -90, -25, 0, -42, 90, -25, 90, 5, 8)
		c.polygon(wing, -70, -5, -88, -32, -97, -32, -90, 0, -97, 32, -88, 32, -70, 5)
		c.ellipse(body, 0, 0, 92, c.between(8, 13))
		c.ellipse(glass, 72, 0, 9, 6)
		return
	}
	tail := pick(c.random, body, c.paint())
	thick := c.between(11, 17)
	c.polygon(wing.scale(90), 15, -4, -20, -c.between(25, 45), -34, -40, -18, -4)
	c.polygon(tail, -60, -6, -78, -c.between(38, 55), -96, -48, -90, -4)
	c.ellipse(body, 0, 0, 93, thick)
	c.polygon(body, -60, -thick+2, -97, -10, -60, 6)
	c.polygon(wing, 20, 3, -30, c.between(38, 60), -48, 55, -22, 3)
	c.polygon(wing, -72, 0, -92, 16, -99, 14, -88, 0)
	for x := -50; x < 60; x += 16 {
		c.rectangle(glass, x, -6, x+7, -1)
	}
	c.polygon(glass, 72, -7, 84, -4, 84, 0, 70, -2)
	if c.chance(60) {
		c.ellipse(wing.scale(70), 5, 20, 13, 6)
	}
}

func (c *canvas) wheel(x, y, r int) {
	c.ellipse(black, x, y, r, r)
	c.ellipse(rgb{150, 150, 155}, x, y, r/2, r/2)
}

func drawCar(c *canvas) {
	body := c.paint()
	c.ellipse(rgb{40, 40, 40}, 0, 42, 90, 8) // shadow
	roof, front, back := c.between(-42, -28), c.between(25, 50), c.between(-75, -50)
	if c.chance(30) { // from the front
		c.polygon(body.scale(90), -52, -8, -38, roof, 38, roof, 52, -8)
		c.polygon(glass, -44, -8, -33, roof+6, 33, roof+6, 44, -8)
		c.wheel(-52, 35, 15)
		c.wheel(52, 35, 15)
		c.polygon(body, -68, 0, -56, -12, 56, -12, 68, 0, 66, 34, -66, 34)
		c.rectangle(black, -30, 8, 30, 20)
		c.ellipse(rgb{245, 240, 200}, -50, 8, 11, 7)
		c.ellipse(rgb{245, 240, 200}, 50, 8, 11, 7)
		return
	}
	c.polygon(body.scale(95), back, -2, back+22, roof, front-22, roof, front+8, -2)
	c.polygon(glass, back+10, -4, back+25, roof+6, -16, roof+6, -16, -4)
	c.polygon(glass, -10, -4, -10, roof+6, front-24, roof+6, front-4, -4)
	c.polygon(body, -94, 4, -86, -6, front, -6, 88, 4, 95, 16, 94, 32, -94, 32)
	c.rectangle(body.scale(60), -94, 26, 94, 34)
	c.wheel(-55, 32, 19)
	c.wheel(55, 32, 19)
	c.ellipse(rgb{250, 240, 190}, 88, 10, 6, 6)
	c.ellipse(rgb{190, 30, 30}, -90, 8, 4, 6)
}

func drawShip(c *canvas) {
	hull := c.paint()
	deck := c.between(0, 18)
	if c.chance(30) { // with sails
		sail := pick(c.random, white, rgb{225, 215, 190}, c.paint())
		c.line(rgb{110, 80, 50}, 6, 0, deck, 0, -95)
		c.polygon(sail, 4, -92, c.between(50, 75), deck-10, 4, deck-8)
		c.polygon(sail.scale(88), -5, -80, -5, deck-8, -c.between(40, 65), deck-10)
		c.polygon(hull, -70, deck, 75, deck, 50, deck+28, -50, deck+28)
	} else {
		upper := pick(c.random, white, rgb{210, 205, 195}, hull.scale(120))
		from := c.between(-60, -20)
		c.rectangle(upper, from, deck-22, from+c.between(60, 90), deck)
		c.rectangle(upper.scale(90), from+8, deck-40, from+45, deck-22)
		for x := from + 6; x < from+55; x += 13 {
			c.rectangle(glass, x, deck-16, x+7, deck-9)
		}
		for i := range c.between(1, 3) {
			c.rectangle(c.paint(), from+12+i*18, deck-c.between(55, 75), from+22+i*18, deck-38)
		}
		c.line(rgb{90, 90, 90}, 4, 55, deck, 55, deck-45)
		c.polygon(hull, -90, deck-4, 98, deck-10, 78, deck+30, -80, deck+30)
		c.polygon(pick(c.random, rgb{130, 40, 35}, hull.scale(60)), -82, deck+20, 83, deck+20, 78, deck+32, -80, deck+32)
	}
	// The water comes up to it.
	sea := c.pixels[side-3][side/2].vary(c.random, 6)
	c.polygon(sea, -130, deck+27, -60, deck+24, 0, deck+28, 60, deck+24, 130, deck+27, 130, deck+50, -130, deck+50)
}

func drawTruck(c *canvas) {
	cab, box := c.paint(), c.paint()
	c.ellipse(rgb{40, 40, 40}, 0, 56, 95, 8) // shadow
	top := c.between(-72, -45)
	if c.chance(25) { // from the front
		c.rectangle(box, -56, top-10, 56, 30)
		c.polygon(cab, -50, -30, 50, -30, 56, 44, -56, 44)
		c.polygon(glass, -42, -24, 42, -24, 46, 4, -46, 4)
		c.rectangle(black, -32, 14, 32, 34)
		c.ellipse(rgb{245, 240, 200}, -46, 28, 8, 7)
		c.ellipse(rgb{245, 240, 200}, 46, 28, 8, 7)
		c.wheel(-44, 50, 13)
		c.wheel(44, 50, 13)
		return
	}
	c.rectangle(black, -95, 30, 90, 42)
	if c.chance(70) {
		c.rectangle(box, -96, top, 34, 34)
		c.rectangle(box.scale(80), -96, 24, 34, 34)
		if c.chance(50) {
			c.rectangle(c.paint(), -80, top/2-10, 15, top/2+14)
		}
	} else { // open, with a load
		c.polygon(rgb{130, 100, 70}.vary(c.random, 30), -90, 0, -60, top/2, -10, top/2-8, 28, 0)
		c.rectangle(box, -96, -5, 34, 32)
	}
	c.polygon(cab, 40, 36, 40, -c.between(28, 45), 72, -34, 86, -4, 95, 2, 95, 36)
	c.polygon(glass, 52, -4, 52, -26, 70, -26, 80, -4)
	for _, x := range []int{-72, -38, 66} {
		c.wheel(x, 44, 16)
	}
	c.ellipse(rgb{250, 240, 190}, 92, 18, 5, 5)
}
