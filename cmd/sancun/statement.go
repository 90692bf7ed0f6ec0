package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"sancun/calendar"
	"sancun/market"
	"sancun/paper"
	"sancun/statement"
)

type statementCmd struct {
	From   string   `arg:"" help:"Folder of a centre that is not running, or a file of query tables." type:"path"`
	Fund   uint64   `required:"" help:"Fund account number."`
	Period string   `required:"" help:"Business date yyyymmdd, or month yyyymm."`
	Bank   uint16   `help:"Only what this custodian bank may see: cash and transfers with it."`
	Issuer string   `default:"Sancun" help:"Name of the broker in the head."`
	Print  printing `embed:""`
	Cell   uint32   `default:"1" help:"Number of the cell the journal belongs to."`
}

// printing is how a document comes out.
type printing struct {
	Format string `default:"text" enum:"text,json,html,xlsx,pdf" help:"text, json, html, xlsx or pdf."`
	JSON   bool   `name:"json" help:"The same as --format json."`
	Lang   string `default:"zh" enum:"zh,en" help:"Language of text, html, xlsx and pdf: zh or en."`
	Fonts  string `help:"Folder of LXGWWenKai-Regular.ttf and -Bold.ttf for PDFs; that of the Debian package fonts-lxgw-wenkai when not given." type:"path"`
	Output string `short:"o" help:"File to write, which must not exist; standard output when not given." type:"path"`
}

// Help says what a statement is as of.
func (*statementCmd) Help() string {
	return `A statement is as of the closing of its date, or of the last date of the month that was closed, and says the
height and hash of that block. One of the date that is still open says that it is not final. Names, documents
and cards are sealed in the journal and are not shown here; the API shows them masked.`
}

// Run prints the statement of a fund account.
func (c *statementCmd) Run(ctx context.Context) (err error) {
	period, err := statement.ParsePeriod(c.Period)
	if err != nil {
		return err
	}
	years, err := calendar.China()
	if err != nil {
		return err
	}
	tables, closing, err := openTables(ctx, c.From, c.Cell)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing()) }()
	s, err := statement.NewMaker(tables, market.Builtin(years)).Of(ctx, c.Fund, period, statement.Person{})
	if err != nil {
		return err
	}
	if c.Bank != 0 {
		s = s.ForBank(c.Bank)
	}
	return c.Print.write(s, s.Paper(paper.Plain(c.Issuer)))
}

// write prints a document in the form asked for; whole is its JSON.
func (p *printing) write(whole any, d *paper.Document) error {
	language, _ := paper.ParseLanguage(p.Lang)
	var content []byte
	var err error
	switch format := p.Format; {
	case p.JSON || format == "json":
		content, err = json.MarshalIndent(whole, "", "  ")
		content = append(content, '\n')
	case format == "html":
		content, err = d.Page(language)
	case format == "xlsx":
		content, err = d.Workbook(language)
	case format == "pdf":
		var fonts *paper.Fonts
		if fonts, err = paper.LoadFonts(p.Fonts); err == nil {
			content, err = d.PDF(language, fonts)
		}
	default:
		var text string
		text, err = d.Text(language)
		content = []byte(text)
	}
	if err != nil {
		return err
	}
	if p.Output == "" {
		_, err = os.Stdout.Write(content)
		return err
	}
	file, err := os.OpenFile(p.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}
