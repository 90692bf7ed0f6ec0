package paper

import (
	"fmt"
	"strings"
	"unicode"
)

// grid is a table whose cells are texts and whose columns have their widths.
type grid struct {
	section *Section
	heads   []string
	rows    [][]string
	foot    []string
	right   []bool // by column
	wide    []float64
	size    float64
}

// section writes a title and its table, with the head of the table again on
// every page it goes on.
func (s *sheet) section(sec *Section) error {
	if len(sec.Rows) == 0 && sec.Empty == (Words{}) {
		return nil
	}
	g, err := s.grid(sec)
	if err != nil {
		return err
	}
	need := high(sectionSize) + 3
	if sec.Note != (Words{}) {
		need += high(noteSize)
	}
	if len(g.rows) > 0 {
		need += s.headHigh(g) + s.rowHigh(g, g.rows[0]) // a title does not stand alone at a page's end
	} else {
		need += high(factSize)
	}
	s.room(need)
	s.y += 1.5
	s.write(marginSide, s.y, printWide, sectionSize, "B", "L", sec.Title.In(s.l))
	s.y += high(sectionSize) + 0.5
	if note := sec.Note.In(s.l); note != "" {
		s.ink(greyText)
		s.write(marginSide, s.y, printWide, noteSize, "", "L", note)
		s.ink(0)
		s.y += high(noteSize)
	}
	if len(g.rows) == 0 {
		s.ink(greyText)
		s.write(marginSide, s.y, printWide, factSize, "", "L", sec.Empty.In(s.l))
		s.ink(0)
		s.y += high(factSize)
		return nil
	}
	s.tableHead(g)
	for _, row := range g.rows {
		if s.room(s.rowHigh(g, row)) {
			s.tableHead(g)
		}
		s.row(g, row, "")
	}
	if g.foot != nil {
		if s.room(s.rowHigh(g, g.foot)) {
			s.tableHead(g)
		}
		s.pdf.SetDrawColor(0, 0, 0)
		s.pdf.Line(marginSide, s.y, marginSide+total(g.wide), s.y)
		s.row(g, g.foot, "B")
	}
	return nil
}

// grid turns a section's cells into texts and fits the columns to the page.
func (s *sheet) grid(sec *Section) (*grid, error) {
	g := &grid{section: sec, right: make([]bool, len(sec.Columns))}
	for i := range sec.Columns {
		g.heads = append(g.heads, sec.Columns[i].Title.In(s.l))
	}
	for n, row := range sec.Rows {
		texts, err := s.texts(g, row, true)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", n+1, err)
		}
		g.rows = append(g.rows, texts)
	}
	if sec.Foot != nil {
		texts, err := s.texts(g, sec.Foot, false)
		if err != nil {
			return nil, fmt.Errorf("line of sums: %w", err)
		}
		g.foot = texts
	}
	s.fit(g)
	if over := total(g.wide) - printWide; over > 0.01 {
		return nil, fmt.Errorf("%.0f millimetres wider than the page: %w", over, ErrTooWide)
	}
	return g, nil
}

func (s *sheet) texts(g *grid, row []any, aligns bool) ([]string, error) {
	if len(row) != len(g.right) {
		return nil, fmt.Errorf("%d cells in %d columns: %w", len(row), len(g.right), ErrCell)
	}
	texts := make([]string, len(row))
	for i, cell := range row {
		text, right, err := printed(cell, s.l)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", g.section.Columns[i].Title.EN, err)
		}
		texts[i] = text
		g.right[i] = g.right[i] || right && aligns
	}
	return texts, nil
}

// sizeStep is by how much letters shrink until a table fits.
const sizeStep = 0.25

// stretchMax is how much wider than its content a column becomes to fill the page.
const stretchMax = 1.9

// freeLeast is the least width of a column whose texts may be broken.
const freeLeast = 24.0

// freeStep is by how much the widest column of free text shrinks until a table
// fits, so that they shrink to one width together.
const freeStep = 2.0

// fit chooses the size of letters and the widths of columns: as wide as their
// content, smaller letters when that is too wide, then narrower columns of free
// text. Figures are never broken or cut.
func (s *sheet) fit(g *grid) {
	for g.size = tableSize; ; g.size -= sizeStep {
		g.wide = s.natural(g)
		over := total(g.wide) - printWide
		for over > 0.01 {
			widest := -1
			for i := range g.wide {
				if g.section.Columns[i].Free && g.wide[i] > freeLeast && (widest < 0 || g.wide[i] > g.wide[widest]) {
					widest = i
				}
			}
			if widest < 0 {
				break
			}
			give := min(over, g.wide[widest]-freeLeast, freeStep)
			g.wide[widest] -= give
			over -= give
		}
		if over <= 0.01 || g.size <= tableLeast {
			break
		}
	}
	if factor := min(stretchMax, printWide/total(g.wide)); factor > 1 {
		for i := range g.wide {
			g.wide[i] *= factor
		}
	}
}

// natural returns the widths that the content asks for.
func (s *sheet) natural(g *grid) []float64 {
	wide := make([]float64, len(g.heads))
	s.pdf.SetFont(face, "B", g.size)
	for i, head := range g.heads {
		for word := range strings.FieldsSeq(head) { // a head is broken between words
			wide[i] = max(wide[i], s.pdf.GetStringWidth(word))
		}
		if g.foot != nil {
			wide[i] = max(wide[i], s.pdf.GetStringWidth(g.foot[i]))
		}
	}
	s.pdf.SetFont(face, "", g.size)
	for _, row := range g.rows {
		for i, text := range row {
			wide[i] = max(wide[i], s.pdf.GetStringWidth(text))
		}
	}
	for i := range wide {
		wide[i] += 2 * cellPad
	}
	return wide
}

func total(wide []float64) (sum float64) {
	for _, w := range wide {
		sum += w
	}
	return sum
}

func (s *sheet) headHigh(g *grid) float64 {
	most := 1
	for i, head := range g.heads {
		most = max(most, len(s.broken(head, g.wide[i]-2*cellPad, g.size, "B")))
	}
	return float64(most)*high(g.size) + 0.8
}

func (s *sheet) tableHead(g *grid) {
	height := s.headHigh(g)
	s.pdf.SetFillColor(greyFill, greyFill, greyFill)
	s.pdf.Rect(marginSide, s.y, total(g.wide), height, "F")
	s.cells(g, g.heads, height, "B")
}

func (s *sheet) rowHigh(g *grid, row []string) float64 {
	most := 1
	for i, text := range row {
		if g.section.Columns[i].Free {
			most = max(most, len(s.broken(text, g.wide[i]-2*cellPad, g.size, "")))
		}
	}
	return float64(most)*high(g.size) + 0.6
}

func (s *sheet) row(g *grid, row []string, style string) {
	height := s.rowHigh(g, row)
	s.cells(g, row, height, style)
	s.pdf.SetDrawColor(greyLine, greyLine, greyLine)
	s.pdf.SetLineWidth(0.1)
	s.pdf.Line(marginSide, s.y, marginSide+total(g.wide), s.y)
}

// cells writes one line of a table and goes below it.
func (s *sheet) cells(g *grid, texts []string, height float64, style string) {
	x := marginSide
	for i, text := range texts {
		align := "L"
		if g.right[i] {
			align = "R"
		}
		lines := []string{text}
		if wide := g.wide[i] - 2*cellPad; style == "B" && g.section.Columns[i].Title.In(s.l) == text || g.section.Columns[i].Free {
			lines = s.broken(text, wide, g.size, style)
		}
		for n, line := range lines {
			s.write(x+cellPad, s.y+0.3+float64(n)*high(g.size), g.wide[i]-2*cellPad, g.size, style, align, line)
		}
		x += g.wide[i]
	}
	s.y += height
}

// broken breaks a text into lines of a width: between words, and between any two
// characters of Chinese. A word wider than the line is broken where it must be.
func (s *sheet) broken(text string, wide, size float64, style string) []string {
	key := lineKey{style + text, wide, size}
	if known, ok := s.lines[key]; ok {
		return known
	}
	s.pdf.SetFont(face, style, size)
	var lines []string
	line := ""
	for _, piece := range pieces(text) {
		for s.pdf.GetStringWidth(line+strings.TrimRight(piece, " ")) > wide+0.01 {
			if line != "" {
				lines, line = append(lines, strings.TrimRight(line, " ")), ""
				continue
			}
			cut := s.fitting(piece, wide)
			lines, piece = append(lines, piece[:cut]), piece[cut:]
		}
		line += piece
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	s.lines[key] = lines
	return lines
}

// fitting returns how many bytes of a text fit into a width, one character at
// least.
func (s *sheet) fitting(text string, wide float64) int {
	end := 0
	for at, c := range text {
		next := at + len(string(c))
		if end > 0 && s.pdf.GetStringWidth(text[:next]) > wide {
			break
		}
		end = next
	}
	return end
}

// pieces takes a text apart where a line may end: behind blanks and around
// Chinese characters, but not before a mark that may not begin a line.
func pieces(text string) []string {
	var all []string
	begin := 0
	var before rune
	for at, c := range text {
		if at > begin && (before == ' ' && c != ' ' || (chinese(c) || chinese(before)) && !strings.ContainsRune("，。；：、）】》！？", c) && c != ' ') {
			all = append(all, text[begin:at])
			begin = at
		}
		before = c
	}
	return append(all, text[begin:])
}

func chinese(c rune) bool {
	return unicode.Is(unicode.Han, c) || c >= 0x3000 && c <= 0x303f || c >= 0xff00 && c <= 0xffef
}
