package main

import (
	"fmt"
	"strings"
)

// Measures of the chart, in pixels.
const (
	chartWidth = 860
	barsFrom   = 250
	barsTo     = 760
	barHeight  = 22
	lineHeight = 32
	chartTop   = 48
)

// chart draws the ratios to a bare read as bars, as SVG.
func (r results) chart() string {
	all, widest := r.main(), 1.0
	for _, f := range all {
		widest = max(widest, f.Ratio)
	}
	height := chartTop + lineHeight*(len(all)+1) + 16
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="14">`+"\n", chartWidth, height, chartWidth, height)
	fmt.Fprintf(&b, `<title>One change, as multiples of a bare socket read</title>`+"\n"+`<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", chartWidth, height)
	fmt.Fprintf(&b, `<text x="16" y="28" font-size="16" font-weight="bold">One change, as multiples of a bare read of the same frames</text>`+"\n")
	bar(&b, 0, "bare read", 1, widest)
	for i, f := range all {
		bar(&b, i+1, f.Mode, f.Ratio, widest)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func bar(b *strings.Builder, line int, name string, ratio, widest float64) {
	y := chartTop + line*lineHeight
	width := ratio / widest * (barsTo - barsFrom)
	color := "#2b6cb0"
	if line == 0 || strings.Contains(name, "json") || name == "gunzip" { // what is no part of the client
		color = "#a0aec0"
	}
	middle := y + barHeight - 6
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`+"\n", barsFrom-10, middle, name)
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>`+"\n", barsFrom, y, width, barHeight, color)
	fmt.Fprintf(b, `<text x="%.1f" y="%d">%.2f</text>`+"\n", barsFrom+width+8, middle, ratio)
}
