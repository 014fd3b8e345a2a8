package rfm

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Pictures are reckoned in whole hundredths of a pixel, so that the same figures
// give the same bytes on every machine. What comes from outside is escaped.

// canvas writes one SVG.
type canvas struct {
	b strings.Builder
}

const fontFamily = "system-ui,sans-serif"

func newCanvas(title string, width, height int) *canvas {
	c := &canvas{}
	fmt.Fprintf(&c.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" font-family="%s">`+"\n",
		width, height, width, height, fontFamily)
	fmt.Fprintf(&c.b, "<title>%s</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", escape(title), width, height)
	return c
}

func (c *canvas) end() []byte {
	c.b.WriteString("</svg>\n")
	return []byte(c.b.String())
}

// box draws a rectangle, in hundredths of a pixel, that says what it is when
// pointed at.
func (c *canvas) box(x, y, w, h int64, fill, about string) {
	fmt.Fprintf(&c.b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s" stroke="#ffffff"><title>%s</title></rect>`+"\n",
		px(x), px(y), px(w), px(h), fill, escape(about))
}

// text writes a line; anchor is start, middle or end.
func (c *canvas) text(x, y int64, size int, anchor, fill, s string) {
	fmt.Fprintf(&c.b, `<text x="%s" y="%s" font-size="%d" text-anchor="%s" fill="%s">%s</text>`+"\n", px(x), px(y), size, anchor, fill, escape(s))
}

// px writes hundredths as a number of pixels.
func px(n int64) string { return formatMicros(n * 10_000) }

// escape makes a text fit for XML, attributes included. What XML cannot hold at
// all becomes U+FFFD.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '"':
			b.WriteString("&quot;")
		case r == '\'':
			b.WriteString("&#39;")
		case r < 0x20 && r != '\t' && r != '\n' && r != '\r', r == 0xfffe, r == 0xffff:
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// fit cuts a text to what fits a width, given in hundredths of a pixel, and
// reports false when nothing sensible does. An ordinary letter is taken to be 0.6
// of the size wide, one of East Asia to be as wide as high.
func fit(s string, size int, width int64) (string, bool) {
	room := width
	for i, r := range s {
		w := int64(size) * 60
		if r >= 0x1100 {
			w = int64(size) * 100
		}
		if room -= w; room < 0 {
			if i < 3 {
				return "", false
			}
			runes := []rune(s[:i])
			return string(runes[:len(runes)-1]) + "…", true
		}
	}
	return s, s != ""
}

// shade returns a colour between pale and strong blue for part of most, and the
// colour of text that can be read on it.
func shade(part, most int64) (fill, ink string) {
	step := int64(0)
	if most > 0 {
		step = percent(min(max(part, 0), most), most)
	}
	mix := func(from, to int64) int64 { return from + (to-from)*step/100 }
	ink = "#1a1a1a"
	if step > 55 {
		ink = "#ffffff"
	}
	return fmt.Sprintf("#%02x%02x%02x", mix(0xee, 0x0b), mix(0xf4, 0x3c), mix(0xfb, 0x7d)), ink
}

// percent returns 100·part/most in whole percents, for 0 ≤ part ≤ most.
func percent(part, most int64) int64 {
	if most > 1<<56 {
		return part / (most / 100)
	}
	return part * 100 / most
}

// palette are colours for groups, on which dark text can be read.
var palette = [...]string{"#9ecae1", "#a1d99b", "#fdd0a2", "#dadaeb", "#fcbba1", "#c7e9b4", "#fee391", "#bcbddc", "#d9d9d9", "#fccde5", "#ccebc5", "#b3cde3"}
