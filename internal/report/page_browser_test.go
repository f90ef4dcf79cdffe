package report

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	_ "embed"
)

// These tests open the page in a real browser, from a file, as its readers do.

// browserChecks are functions of JavaScript that look at the page.
//
//go:embed testdata/checks.js
var browserChecks string

// A browser is a tab of a headless Chromium that has the page open.
type browser struct {
	*testing.T
	ctx  context.Context
	held bool // the mouse's button
}

// openBrowser starts a headless Chromium, or skips the test where there is none.
func openBrowser(t *testing.T, page string) (b *browser, url string) {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && program == "" {
			program = path
		}
	}
	if program == "" {
		t.Skip("no Chromium to open the page in: apt-get install chromium")
	}
	file := filepath.Join(t.TempDir(), PageFile)
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(program))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's does not work for root
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return &browser{T: t, ctx: ctx}, "file://" + file
}

func (b *browser) do(action chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, action); err != nil {
		b.Fatal(err)
	}
}

// show shows the page in a window of that width, with a scheme of colours (light or
// dark) and on a medium (screen or print).
func (b *browser) show(width int64, scheme, medium string) {
	b.Helper()
	b.do(chromedp.EmulateViewport(width, 900))
	b.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium,
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return chromedp.Void{}, err
	})
}

// eval is the value of an expression in the page.
func eval[T any](b *browser, expression string) T {
	b.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[*T](expression))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	if value == nil {
		return *new(T)
	}
	return *value
}

// none reports what a check of the page finds.
func (b *browser) none(what, check string) {
	b.Helper()
	for _, found := range eval[[]string](b, check) {
		b.Errorf("%s: %s", what, found)
	}
}

func (b *browser) press(key string) {
	b.Helper()
	b.do(chromedp.KeyEvent(key))
}

// point moves the pointer to a place of an element, as shares of its width and height.
func (b *browser) point(selector string, right, down float64) {
	b.Helper()
	b.mouse(input.DispatchMouseEventTypeMouseMoved, selector, right, down)
}

// mouse moves the pointer there, with the button as it is, or presses it or lets it go.
func (b *browser) mouse(what input.DispatchMouseEventType, selector string, right, down float64) {
	b.Helper()
	at := eval[[]float64](b, fmt.Sprintf("placeOf(%q, %g, %g)", selector, right, down))
	event := input.DispatchMouseEventParams{Type: what, X: at[0], Y: at[1]}
	moves := what == input.DispatchMouseEventTypeMouseMoved
	b.held = what == input.DispatchMouseEventTypeMousePressed || b.held && moves
	if b.held {
		event.Buttons = 1
	}
	if b.held || !moves {
		event.Button = input.MouseButtonLeft
	}
	if !moves {
		event.ClickCount = 1
	}
	b.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, input.DispatchMouseEvent, event)
		return chromedp.Void{}, err
	})
}

func TestThePageInABrowser(t *testing.T) {
	b, url := openBrowser(t, newPageRun(t).page(t))
	console := chromedp.Console(b.ctx)
	b.do(chromedp.Navigate(url))
	eval[any](b, browserChecks+"; null")
	for _, c := range []struct {
		width          int64
		scheme, medium string
	}{{1280, "light", "screen"}, {390, "light", "screen"}, {1280, "dark", "screen"}, {390, "dark", "screen"}, {794, "light", "print"}, {794, "dark", "print"}} {
		t.Run(fmt.Sprintf("%d pixels, %s, %s", c.width, c.scheme, c.medium), func(t *testing.T) {
			b := &browser{T: t, ctx: b.ctx}
			b.show(c.width, c.scheme, c.medium)
			b.none("wider than the window", "overflowing()")
			b.none("contrast below WCAG AA", "faint()")
			if c.medium == "print" {
				b.none("on paper", "onPaper()")
			}
		})
	}
	b.show(1280, "light", "screen")
	b.none("no text for whoever does not see it", "unnamed()")
	b.none("structure", "structure()")
	// The keyboard's way begins where the page does, so it comes first.
	t.Run("keyboard", func(t *testing.T) { testKeyboard(&browser{T: t, ctx: b.ctx}) })
	t.Run("zoom", func(t *testing.T) { testZoom(&browser{T: t, ctx: b.ctx}) })
	t.Run("curves", func(t *testing.T) { testCurves(&browser{T: t, ctx: b.ctx}) })
	t.Run("scatter", func(t *testing.T) { testScatter(&browser{T: t, ctx: b.ctx}) })
	t.Run("drag", func(t *testing.T) { testDrag(&browser{T: t, ctx: b.ctx}) })
	const end = "that is all"
	eval[any](b, fmt.Sprintf("console.log(%q); null", end))
	for message, err := range console {
		if err != nil {
			t.Fatal(err)
		}
		if message.Text == end {
			break
		}
		t.Errorf("the console says: %s: %s", message.Type, message.Text)
	}
}

// testKeyboard goes through the page by Tab: every control is reached, and seen to be.
func testKeyboard(b *browser) {
	controls := eval[int](b, "controls().length")
	if controls < 30 {
		b.Fatalf("only %d controls", controls)
	}
	for range controls {
		b.press(kb.Tab)
		if problem := eval[string](b, "visit()"); problem != "" {
			b.Error(problem)
		}
	}
	b.none("not reached by Tab", "unvisited()")
}

// testZoom enlarges a figure by keys alone.
func testZoom(b *browser) {
	eval[any](b, `document.querySelector(".enlarge").focus(); null`)
	b.press(kb.Enter)
	if state := eval[string](b, "zoomed()"); !strings.HasPrefix(state, "open ") {
		b.Fatal(state)
	}
	before := eval[float64](b, `document.querySelector("dialog img").getBoundingClientRect().width`)
	eval[any](b, `document.querySelector("[data-zoom=in]").click(); null`)
	if after := eval[float64](b, `document.querySelector("dialog img").getBoundingClientRect().width`); after < 1.4*before {
		b.Errorf("it was %g wide, and is %g", before, after)
	}
	b.press(kb.Escape)
	if state := eval[string](b, "zoomed()"); state != "closed, focus on enlarge" {
		b.Error(state)
	}
}

// testCurves points at a curve's first epoch, and goes on to the next by key.
func testCurves(b *browser) {
	b.point(".curves svg", 0.13, 0.5)
	const values = `document.querySelector(".curves output").textContent`
	if got := eval[string](b, values); !strings.HasPrefix(got, "epoch 1: training loss 0.6 · test loss 0.61") {
		b.Error(got)
	}
	eval[any](b, `document.querySelector(".curves input").focus(); null`)
	b.press(kb.ArrowRight)
	if got := eval[string](b, values); !strings.HasPrefix(got, "epoch 2: training loss 0.36") {
		b.Error(got)
	}
}

// testScatter looks behind points, by pointer and by key, zooms, and hides a class.
func testScatter(b *browser) {
	const said = `document.querySelector(".scatter output").textContent`
	b.point(".scatter svg", 0.5, 0.01) // the top of the circle: image 30
	if got := eval[string](b, said); got != "plane, training image 30" {
		b.Error(got)
	}
	pixel := eval[[]float64](b, "pixelBehind()")
	want := tileColor(30)
	for i, v := range []byte{want.R, want.G, want.B} {
		if pixel[i] < float64(v)-40 || pixel[i] > float64(v)+40 {
			b.Errorf("the picture's colour is %v, want about %v", pixel, want)
		}
	}
	eval[any](b, `document.querySelector(".scatter svg").focus(); null`)
	b.press(kb.ArrowRight)
	if got := eval[string](b, said); got == "plane, training image 30" || !strings.Contains(got, "training image") {
		b.Errorf("after the arrow: %s", got)
	}
	const box = `document.querySelector(".scatter svg").getAttribute("viewBox")`
	all := eval[string](b, box)
	b.press("+")
	if got := eval[string](b, box); got == all {
		b.Error("+ does not zoom")
	}
	eval[any](b, `document.querySelector("[data-scatter=all]").click(); null`)
	if got := eval[string](b, box); got != all {
		b.Errorf("all is %s, was %s", got, all)
	}
	// The view stays with the point that was chosen, at the top, which its middle is not.
	b.point(".scatter svg", 0.5, 0.01)
	eval[any](b, `document.querySelector(".scatter svg").focus(); null`)
	for range 4 {
		b.press("+")
	}
	if !eval[bool](b, "chosenInSight()") {
		b.Error("zooming by key loses the point that was chosen")
	}
	for range 20 {
		b.press(kb.ArrowLeft)
	}
	if !eval[bool](b, "chosenInSight()") {
		b.Error("the arrows leave the view behind")
	}
	eval[any](b, `document.querySelector("[data-scatter=all]").click(); null`)

	b.point(".scatter svg", 0.5, 0.01)
	eval[any](b, `document.querySelector(".classes button").click(); null`)
	if got := eval[string](b, said); got != "Point at an image." || eval[string](b, `document.querySelector(".chosen").getAttribute("visibility")`) != "hidden" {
		b.Errorf("the chosen point of a hidden class stays: %s", got)
	}
	b.point(".scatter svg", 0.5, 0.012)
	if got := eval[string](b, said); strings.HasPrefix(got, "plane") {
		b.Errorf("a hidden class is shown: %s", got)
	}

	const visible = `[...document.querySelector(".scatter").querySelectorAll("path:not([visibility=hidden])")].map((p) => p.dataset.name).join()`
	for _, c := range []struct {
		line int
		want string
	}{{3, "bird"}, {0, "plane,car,bird,cat,deer,dog,frog,horse,ship,truck"}} {
		eval[any](b, fmt.Sprintf("pick(%d); null", c.line))
		if got := eval[string](b, visible); got != c.want {
			b.Errorf("line %d of the list shows %s", c.line, got)
		}
	}
}

// testDrag moves the view, lets go outside of the plot, and comes back.
func testDrag(b *browser) {
	const box = `document.querySelector(".scatter svg").getAttribute("viewBox")`
	eval[any](b, `document.querySelector("[data-scatter=in]").click(); null`)
	before := eval[string](b, box)
	b.mouse(input.DispatchMouseEventTypeMousePressed, ".scatter svg", 0.5, 0.5)
	b.mouse(input.DispatchMouseEventTypeMouseMoved, ".scatter svg", 0.6, 0.5)
	moved := eval[string](b, box)
	if moved == before {
		b.Error("dragging does not move the view")
	}
	b.mouse(input.DispatchMouseEventTypeMouseReleased, ".scatter svg", 1.2, 0.5)
	b.mouse(input.DispatchMouseEventTypeMousePressed, ".scatter svg", 1.2, 0.5) // on something else
	moved = eval[string](b, box)
	b.mouse(input.DispatchMouseEventTypeMouseMoved, ".scatter svg", 0.7, 0.5)
	if got := eval[string](b, box); got != moved {
		b.Error("a drag goes on after the button was let go outside of the plot")
	}
	b.mouse(input.DispatchMouseEventTypeMouseReleased, ".scatter svg", 0.7, 0.5)
}
