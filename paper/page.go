package paper

import (
	"bytes"
	"fmt"
	"html/template"
	"slices"
)

// Page lays the document out as one HTML page without scripts or anything that would
// be fetched, which a browser shows, prints and keeps.
func (d *Document) Page(l Language) ([]byte, error) {
	view := struct {
		Lang, Title, Issuer, Draft, Proof string
		Facts                             [][2]string
		Sections                          []pageSection
		Notes                             []string
	}{Lang: "zh-CN", Title: d.Title.In(l), Issuer: d.Issuer.In(l), Draft: d.Draft.In(l), Proof: d.Proof.In(l)}
	if l == English {
		view.Lang = "en"
	}
	for _, f := range d.Facts {
		value, _, err := printed(f.Value, l)
		if err != nil {
			return nil, fmt.Errorf("fact %q: %w", f.Label.EN, err)
		}
		view.Facts = append(view.Facts, [2]string{f.Label.In(l), value})
	}
	for i := range d.Sections {
		s, err := d.Sections[i].page(l)
		if err != nil {
			return nil, fmt.Errorf("section %q: %w", d.Sections[i].Title.EN, err)
		}
		if s != nil {
			view.Sections = append(view.Sections, *s)
		}
	}
	for _, n := range d.Notes {
		view.Notes = append(view.Notes, n.In(l))
	}
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, &view)
	return b.Bytes(), err
}

type pageSection struct {
	Title, Note, Empty string
	Heads              []string
	Rows               [][]pageCell
}

type pageCell struct {
	Text        string
	Right, Foot bool
}

// page lays out one table; nil when there is nothing to say of it.
func (sec *Section) page(l Language) (*pageSection, error) {
	if len(sec.Rows) == 0 && sec.Empty == (Words{}) {
		return nil, nil
	}
	s := &pageSection{Title: sec.Title.In(l), Note: sec.Note.In(l)}
	if len(sec.Rows) == 0 {
		s.Empty = sec.Empty.In(l)
		return s, nil
	}
	for i := range sec.Columns {
		s.Heads = append(s.Heads, sec.Columns[i].Title.In(l))
	}
	rows := sec.Rows
	if sec.Foot != nil {
		rows = slices.Concat(rows, [][]any{sec.Foot})
	}
	for n, row := range rows {
		if len(row) != len(sec.Columns) {
			return nil, fmt.Errorf("row %d has %d cells for %d columns: %w", n+1, len(row), len(sec.Columns), ErrCell)
		}
		var cells []pageCell
		for _, cell := range row {
			text, right, err := printed(cell, l)
			if err != nil {
				return nil, fmt.Errorf("row %d: %w", n+1, err)
			}
			cells = append(cells, pageCell{text, right, n == len(sec.Rows)})
		}
		s.Rows = append(s.Rows, cells)
	}
	return s, nil
}

var pageTemplate = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="{{.Lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<style>
body { font: 15px/1.5 "LXGW WenKai", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1d2129; max-width: 70em; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.5em; margin: 0 } h2 { font-size: 1.1em; margin: 1.6em 0 .3em }
.issuer, .note, footer { color: #4e5969 }
.draft { border: 2px solid #b45309; color: #92400e; padding: .3em .6em; display: inline-block; margin: .6em 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1em 1.2em; margin: 1em 0 } dt { color: #4e5969 } dd { margin: 0 }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { border-bottom: 1px solid #d0d5dd; padding: .3em .6em; text-align: left; vertical-align: top } th { background: #f2f4f7 }
.right { text-align: right; white-space: nowrap } .foot { font-weight: bold }
footer { margin-top: 2em; border-top: 1px solid #d0d5dd; padding-top: .6em; font-size: .9em; overflow-wrap: anywhere }
</style>
</head>
<body>
<header><h1>{{.Title}}</h1><div class="issuer">{{.Issuer}}</div>{{with .Draft}}<div class="draft">{{.}}</div>{{end}}</header>
<main>
<dl>{{range .Facts}}<dt>{{index . 0}}</dt><dd>{{index . 1}}</dd>
{{end}}</dl>
{{range .Sections}}<section><h2>{{.Title}}</h2>{{with .Note}}<p class="note">{{.}}</p>{{end}}
{{with .Empty}}<p>{{.}}</p>{{else}}<div class="wide"><table>
<thead><tr>{{range .Heads}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>{{range .Rows}}<tr>{{range .}}<td class="{{if .Right}}right{{end}}{{if .Foot}} foot{{end}}">{{.Text}}</td>{{end}}</tr>
{{end}}</tbody></table></div>{{end}}</section>
{{end}}</main>
<footer>{{range .Notes}}<p>{{.}}</p>{{end}}<p>{{.Proof}}</p></footer>
</body>
</html>
`))
