package paper

import (
	"fmt"
	"slices"
	"strings"
)

// Text lays the document out for a terminal of fixed width letters.
func (d *Document) Text(l Language) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s    %s\n", d.Title.In(l), d.Issuer.In(l))
	if draft := d.Draft.In(l); draft != "" {
		fmt.Fprintf(&b, "!! %s\n", draft)
	}
	b.WriteByte('\n')
	wide := 0
	for _, f := range d.Facts {
		wide = max(wide, columnsOf(f.Label.In(l)))
	}
	for _, f := range d.Facts {
		value, _, err := printed(f.Value, l)
		if err != nil {
			return "", fmt.Errorf("fact %q: %w", f.Label.EN, err)
		}
		fmt.Fprintf(&b, "  %s  %s\n", padded(f.Label.In(l), wide, false), value)
	}
	for i := range d.Sections {
		if err := d.Sections[i].text(&b, l); err != nil {
			return "", fmt.Errorf("section %q: %w", d.Sections[i].Title.EN, err)
		}
	}
	b.WriteByte('\n')
	for _, n := range slices.Concat(d.Notes, []Words{d.Proof}) {
		b.WriteString("  " + n.In(l) + "\n")
	}
	return b.String(), nil
}

func (sec *Section) text(b *strings.Builder, l Language) error {
	if len(sec.Rows) == 0 && sec.Empty == (Words{}) {
		return nil
	}
	fmt.Fprintf(b, "\n%s\n", sec.Title.In(l))
	if note := sec.Note.In(l); note != "" {
		fmt.Fprintf(b, "  %s\n", note)
	}
	if len(sec.Rows) == 0 {
		fmt.Fprintf(b, "  %s\n", sec.Empty.In(l))
		return nil
	}
	heads := make([]any, len(sec.Columns))
	for i := range sec.Columns {
		heads[i] = sec.Columns[i].Title
	}
	rows := slices.Concat([][]any{heads}, sec.Rows)
	if sec.Foot != nil {
		rows = append(rows, sec.Foot)
	}
	texts, wide, right := make([][]string, len(rows)), make([]int, len(heads)), make([]bool, len(heads))
	for n, row := range rows {
		if len(row) != len(heads) {
			return fmt.Errorf("row %d: %d cells in %d columns: %w", n, len(row), len(heads), ErrCell)
		}
		for i, cell := range row {
			text, onRight, err := printed(cell, l)
			if err != nil {
				return err
			}
			texts[n] = append(texts[n], text)
			wide[i] = max(wide[i], columnsOf(text))
			right[i] = right[i] || onRight
		}
	}
	for _, row := range texts {
		line := ""
		for i, text := range row {
			line += "  " + padded(text, wide[i], right[i])
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return nil
}

func padded(text string, wide int, right bool) string {
	blanks := strings.Repeat(" ", max(0, wide-columnsOf(text)))
	if right {
		return blanks + text
	}
	return text + blanks
}
