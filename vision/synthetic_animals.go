package vision

// fur is a colour of animals.
func (c *canvas) fur() rgb {
	return pick(c.random, rgb{120, 85, 55}, rgb{160, 120, 80}, rgb{70, 50, 38}, rgb{40, 38, 38}, rgb{150, 150, 150},
		rgb{215, 205, 190}, rgb{195, 130, 70}, rgb{100, 95, 90}).vary(c.random, 18)
}

func drawBird(c *canvas) {
	body := pick(c.random, c.fur(), c.fur(), c.paint(), c.paint())
	wing := body.scale(c.between(55, 85))
	belly := body.mix(white, c.between(0, 70))
	beak := pick(c.random, rgb{230, 160, 40}, rgb{60, 55, 50}, rgb{200, 90, 40})
	if c.chance(35) { // flying
		up := c.between(40, 85)
		c.polygon(wing.scale(85), 12, -5, -10, -up, -35, -up-10, -25, -5)
		c.polygon(body.scale(90), -45, 0, -90, -12, -92, 14)
		c.ellipse(body, 0, 0, 52, 17)
		c.ellipse(body, 48, -12, 17, 15)
		c.polygon(beak, 62, -16, 84, -8, 62, -6)
		c.polygon(wing, 20, 0, -15, c.between(-60, 70), -45, 50, -28, 2)
		c.ellipse(black, 53, -15, 4, 4)
		return
	}
	leg := pick(c.random, beak, rgb{90, 70, 55})
	c.line(leg, 5, -8, 30, -6, 80)
	c.line(leg, 5, 14, 30, 16, 80)
	c.line(leg, 5, -10, 80, 28, 80)
	c.polygon(wing, -35, 5, -95, c.between(20, 55), -88, 58, -25, 30)
	c.ellipse(body, -2, 8, 48, c.between(28, 38))
	c.ellipse(belly, 8, 20, 32, 20)
	neck := c.between(0, 25)
	c.polygon(body, 15, -5, 28, -35-neck, 52, -35-neck, 45, 10)
	c.ellipse(body, 40, -38-neck, 22, 20)
	c.polygon(beak, 58, -44-neck, 58+c.between(18, 40), -36-neck, 58, -31-neck)
	c.ellipse(wing, -12, 6, 34, 18)
	c.ellipse(black, 46, -42-neck, 4, 4)
}

func drawCat(c *canvas) {
	fur := c.fur()
	dark := fur.scale(c.between(55, 80))
	inner := rgb{215, 150, 145}
	light := fur.mix(white, c.between(20, 60))
	tail := c.between(-20, 30)
	c.polygon(dark, 40, 85, 80, 60, 78, tail, 90, tail-8, 96, 62, 60, 98)
	c.ellipse(fur, 5, 62, 52, 48)
	c.ellipse(light, 0, 75, 24, 30)
	x, y := c.between(-12, 6), c.between(-30, -18)
	ear := c.between(42, 56)
	for _, s := range []int{-1, 1} { // pointed ears
		c.polygon(dark, x+s*44, y-8, x+s*40, y-ear, x+s*8, y-28)
		c.polygon(inner, x+s*37, y-16, x+s*36, y-ear+12, x+s*16, y-27)
	}
	c.ellipse(fur, x, y, 47, 38)
	if c.chance(50) { // stripes
		for _, dx := range []int{-16, -2, 12} {
			c.rectangle(dark, x+dx, y-37, x+dx+5, y-20)
		}
		c.rectangle(dark, x-46, y+4, x-32, y+9)
		c.rectangle(dark, x+32, y+4, x+46, y+9)
	}
	eye := pick(c.random, rgb{200, 200, 70}, rgb{110, 180, 90}, rgb{110, 160, 200})
	for _, s := range []int{-1, 1} {
		c.ellipse(eye, x+s*19, y-4, 10, 9)
		c.ellipse(black, x+s*19, y-4, 3, 8)
	}
	c.ellipse(light, x, y+18, 18, 12)
	c.polygon(inner.scale(80), x-6, y+9, x+6, y+9, x, y+16)
	for _, s := range []int{-1, 1} {
		c.line(white, 2, x+s*14, y+16, x+s*58, y+10)
		c.line(white, 2, x+s*14, y+20, x+s*56, y+24)
	}
}

func drawDog(c *canvas) {
	fur := c.fur()
	dark := fur.scale(c.between(45, 80))
	light := fur.mix(white, c.between(15, 70))
	if c.chance(40) { // standing, from the side
		for _, x := range []int{-52, -38, 22, 36} {
			c.rectangle(fur.scale(85), x, 20, x+11, 78)
		}
		c.polygon(fur, -58, -8, -92, -c.between(35, 60), -84, -58, -48, 2)
		c.ellipse(fur, -8, 8, 58, 24)
		c.polygon(fur, 20, 10, 35, -40, 62, -30, 50, 20)
		c.ellipse(fur, 56, -40, 25, 20)
		c.ellipse(light, 78, -32, 18, 11)
		c.ellipse(black, 92, -36, 6, 5)
		c.ellipse(dark, 42, -30, 10, 24)
		c.ellipse(black, 62, -44, 4, 4)
		return
	}
	c.ellipse(fur, 0, 68, 50, 45)
	c.ellipse(light, 0, 72, 26, 36)
	x, y := c.between(-10, 10), c.between(-28, -15)
	c.ellipse(fur, x, y, 42, 42)
	for _, s := range []int{-1, 1} { // hanging ears
		c.ellipse(dark, x+s*46, y+c.between(-4, 12), 15, c.between(30, 42))
	}
	c.ellipse(light, x, y+22, 25, 22)
	c.ellipse(black, x, y+10, 12, 9)
	if c.chance(50) {
		c.polygon(rgb{215, 100, 110}, x-8, y+32, x+8, y+32, x+6, y+54, x-6, y+54)
	}
	c.rectangle(black, x-14, y+28, x+14, y+31)
	for _, s := range []int{-1, 1} {
		c.ellipse(rgb{60, 40, 30}, x+s*17, y-10, 7, 7)
		c.ellipse(black, x+s*17, y-10, 4, 4)
	}
}

// legs are four, from y down to the ground.
func (c *canvas) legs(colour rgb, width, y int, xs ...int) {
	for i, x := range xs {
		shift := c.between(-8, 8)
		c.polygon(colour.scale(85+10*(i%2)), x, y, x+width, y, x+width+shift, 92, x+shift, 92)
	}
}

func drawDeer(c *canvas) {
	fur := pick(c.random, rgb{150, 105, 65}, rgb{125, 90, 60}, rgb{175, 130, 85}, c.fur()).vary(c.random, 12)
	light := fur.mix(white, 55)
	c.legs(fur, 8, 20, -52, -40, 18, 30)
	c.ellipse(fur, -12, 8, 52, 23)
	c.ellipse(light, -12, 22, 36, 9)
	c.ellipse(white, -62, -2, 9, 10) // tail
	c.polygon(fur, 18, 12, 34, -42, 50, -38, 42, 18)
	c.polygon(fur, 32, -52, 52, -56, 82, -36, 78, -26, 40, -32)
	c.polygon(fur.scale(80), 34, -48, 18, -62, 38, -56)
	c.ellipse(black, 54, -46, 4, 4)
	c.ellipse(black, 80, -31, 5, 4)
	if c.chance(70) { // antlers
		horn := rgb{105, 80, 55}.vary(c.random, 15)
		for _, dx := range []int{0, 10} {
			top := c.between(-100, -85)
			c.line(horn, 5, 40+dx, -54, 34+dx*2, top)
			c.line(horn, 5, 37+dx, -70, 20+dx*2, -88)
			c.line(horn, 5, 38+dx, -66, 58+dx, -84)
		}
	}
	if c.chance(30) { // a fawn's spots
		for range 8 {
			c.ellipse(white, c.between(-50, 20), c.between(-8, 14), 4, 3)
		}
	}
}

func drawHorse(c *canvas) {
	fur := pick(c.random, rgb{110, 65, 40}, rgb{75, 48, 35}, rgb{150, 105, 65}, c.fur()).vary(c.random, 12)
	mane := pick(c.random, black, fur.scale(50), rgb{225, 210, 180})
	c.legs(fur, 13, 20, -58, -42, 20, 36)
	c.polygon(mane, -58, -12, -78, 0, -84, c.between(45, 70), -70, 55, -60, 5) // tail
	c.ellipse(fur, -8, 6, 58, 29)
	c.polygon(fur, 8, 8, 28, -58, 60, -50, 50, 18)
	c.polygon(mane, 6, -12, 26, -68, 44, -66, 30, -20)
	c.polygon(fur, 32, -66, 56, -68, 94, -30, 88, -16, 76, -16, 44, -38)
	c.polygon(fur, 38, -64, 38, -84, 50, -66)
	c.ellipse(black, 60, -52, 4, 4)
	c.ellipse(fur.scale(60), 86, -22, 8, 7)
	if c.chance(40) {
		c.polygon(white, 64, -60, 72, -54, 84, -36, 76, -38)
	}
	if c.chance(25) { // saddle and rider
		coat := c.paint()
		c.rectangle(rgb{90, 50, 30}, -22, -26, 12, -8)
		c.polygon(coat, -18, -20, -14, -66, 6, -66, 10, -20)
		c.ellipse(rgb{220, 175, 145}, -4, -78, 11, 12)
		c.polygon(coat.scale(60), -8, -22, 8, -22, 14, 30, 2, 30)
	}
}

func drawFrog(c *canvas) {
	skin := pick(c.random, rgb{80, 140, 50}, rgb{110, 160, 60}, rgb{130, 115, 70}, rgb{95, 80, 60}, rgb{70, 100, 70}, rgb{170, 90, 50}).vary(c.random, 22)
	dark := skin.scale(c.between(60, 85))
	belly := skin.mix(rgb{235, 230, 190}, c.between(40, 80))
	for _, s := range []int{-1, 1} { // bent legs and feet
		c.ellipse(dark, s*66, 35, 30, 24)
		c.polygon(dark, s*60, 50, s*98, 72, s*70, 76, s*40, 62)
		c.polygon(skin, s*22, 40, s*40, 40, s*44, 78, s*58, 84, s*14, 84)
	}
	c.ellipse(skin, 0, 20, 60, 45)
	c.ellipse(belly, 0, 42, 40, 24)
	head := c.between(-25, -12)
	c.ellipse(skin, 0, head, 56, 32)
	c.polygon(dark.scale(60), -46, head+10, 0, head+20, 46, head+10, 0, head+15)
	eye := pick(c.random, rgb{225, 200, 60}, rgb{200, 90, 50}, rgb{220, 220, 200})
	for _, s := range []int{-1, 1} { // eyes on top
		c.ellipse(skin.scale(110), s*32, head-26, 19, 18)
		c.ellipse(eye, s*33, head-27, 13, 12)
		c.ellipse(black, s*33, head-27, 8, 5)
	}
	for range c.between(0, 9) {
		c.ellipse(dark, c.between(-45, 45), c.between(head-15, 20), c.between(3, 8), c.between(3, 6))
	}
}
