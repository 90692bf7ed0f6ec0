package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

type filingCmd struct {
	List   filingListCmd   `cmd:"" help:"List what is, or is to be, filed with the supervisor."`
	Make   filingMakeCmd   `cmd:"" help:"Put everything that is to be filed into files."`
	Take   filingTakeCmd   `cmd:"" help:"Write a file for the supervisor, with personal data in clear."`
	Answer filingAnswerCmd `cmd:"" help:"Bring the supervisor's answer to a file."`
	Again  filingAgainCmd  `cmd:"" help:"File again what the supervisor refused."`
}

// Help says how filings go.
func (*filingCmd) Help() string {
	return `Openings, changes and closings of clients are filed with the supervisor at a running centre: make puts them into
files, take writes one (who and why is journaled first), answer brings what came back, and again files what was
refused once it is corrected. docs/formats/filing.md draws both files.`
}

// within runs work in a session at the door.
func (f *doorFlags) within(ctx context.Context, work func(d *door) error) error {
	d, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer d.close(ctx)
	return work(d)
}

type filingListCmd struct {
	doorFlags
	State string `default:"" enum:",to-be-filed,filed,acknowledged,refused" help:"Only those in one state."`
}

// Run prints the entries, page by page.
func (c *filingListCmd) Run(ctx context.Context) error {
	return c.within(ctx, func(d *door) error {
		for after := uint64(0); ; {
			var page struct {
				Rows []struct {
					Number uint64 `json:"number"`
					Client uint64 `json:"client"`
					Kind   string `json:"kind"`
					Date   uint32 `json:"date"`
					State  string `json:"state"`
					File   uint64 `json:"file"`
					Reason uint16 `json:"reason"`
				} `json:"rows"`
				Next uint64 `json:"next"`
			}
			path := fmt.Sprintf("/v1/filings?limit=500&after=%d", after)
			if c.State != "" {
				path += "&state=" + c.State
			}
			if err := d.call(ctx, "GET", path, nil, &page); err != nil {
				return err
			}
			if c.JSON {
				if err := printJSON(page.Rows); err != nil {
					return err
				}
			} else {
				for _, r := range page.Rows {
					fmt.Printf("%d\t%s\t%d\tclient %d\t%s\tfile %d\treason %d\n", r.Number, r.Kind, r.Date, r.Client, r.State, r.File, r.Reason)
				}
			}
			if after = page.Next; after == 0 {
				return nil
			}
		}
	})
}

type filingMakeCmd struct{ doorFlags }

// Run makes files until nothing is to be filed.
func (c *filingMakeCmd) Run(ctx context.Context) error {
	return c.within(ctx, func(d *door) error {
		for {
			var made struct {
				Ref  uint64 `json:"ref"`
				Left uint64 `json:"left"`
			}
			err := d.call(ctx, "POST", "/v1/filing-files", struct{}{}, &made)
			var no *problem
			if errors.As(err, &no) && no.Code == "nothing-to-file" {
				fmt.Println("nothing is to be filed")
				return nil
			}
			if err != nil {
				return err
			}
			fmt.Printf("file %d made, %d entries left\n", made.Ref, made.Left)
			if made.Left == 0 {
				return nil
			}
		}
	})
}

type filingTakeCmd struct {
	doorFlags
	File   uint64 `arg:"" help:"Number of the file."`
	Reason string `required:"" help:"Why it is taken; never personal data itself."`
	Folder string `short:"o" default:"." help:"Folder to write it into; an existing file is refused." type:"existingdir"`
}

// Run writes a file under its own name, readable by its owner alone.
func (c *filingTakeCmd) Run(ctx context.Context) error {
	return c.within(ctx, func(d *door) error {
		var file struct {
			Name    string `json:"name"`
			Content []byte `json:"content"`
		}
		if err := d.call(ctx, "POST", fmt.Sprintf("/v1/filing-files/%d/read", c.File), map[string]string{"reason": c.Reason}, &file); err != nil {
			return err
		}
		name := filepath.Join(c.Folder, filepath.Base(file.Name))
		if err := make600(name, file.Content); err != nil {
			return err
		}
		fmt.Println(name)
		return nil
	})
}

type filingAnswerCmd struct {
	doorFlags
	File uint64 `arg:"" help:"Number of the file that is answered."`
	From string `arg:"" help:"The answer file." type:"existingfile"`
}

// Run brings an answer.
func (c *filingAnswerCmd) Run(ctx context.Context) error {
	content, err := os.ReadFile(c.From)
	if err != nil {
		return err
	}
	return c.within(ctx, func(d *door) error {
		var taken struct {
			Ref uint64 `json:"ref"`
		}
		if err := d.call(ctx, "POST", fmt.Sprintf("/v1/filing-files/%d/answer", c.File), map[string][]byte{"content": content}, &taken); err != nil {
			return err
		}
		fmt.Printf("%d entries answered\n", taken.Ref)
		return nil
	})
}

type filingAgainCmd struct {
	doorFlags
	Filing    uint64 `arg:"" help:"Number of the refused entry."`
	Reference string `required:"" help:"What was put right; never personal data itself."`
}

// Run files an entry again.
func (c *filingAgainCmd) Run(ctx context.Context) error {
	return c.within(ctx, func(d *door) error {
		var again struct {
			Ref uint64 `json:"ref"`
		}
		if err := d.call(ctx, "POST", fmt.Sprintf("/v1/filings/%d/again", c.Filing), map[string]string{"reference": c.Reference}, &again); err != nil {
			return err
		}
		fmt.Printf("filed again as entry %d\n", again.Ref)
		return nil
	})
}
