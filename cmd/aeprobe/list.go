package main

import (
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// newList is a table of lines without frames, as wide as the terminal at most.
func newList(columns ...string) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleDefault)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.Style().Box.PaddingLeft, t.Style().Box.PaddingRight = "", "  "
	t.Style().Format.Header = text.FormatDefault
	if columns, _, err := term.GetSize(int(console.Fd())); err == nil && isTerminal(console) {
		t.Style().Size.WidthMax = columns
	}
	t.SuppressTrailingSpaces()
	header := make(table.Row, len(columns))
	for i, name := range columns {
		header[i] = name
	}
	t.AppendHeader(header)
	return t
}

// rightAlign sets columns of numbers.
func rightAlign(t table.Writer, columns ...string) {
	var all []table.ColumnConfig
	for _, name := range columns {
		all = append(all, table.ColumnConfig{Name: name, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(all)
}
