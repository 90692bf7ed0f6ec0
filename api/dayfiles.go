package api

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"sancun/record"
)

// DayFiles are the files that a day end works on.
type DayFiles interface {
	// List tells what has come in for the business date and what went out.
	List(ctx context.Context) (FilesState, error)
	// Ask asks for a file again: the clearing house, or a bank by its number. It
	// returns ErrNoFile for a file that the date does not have, ErrNobodyAsked when
	// there is no way to ask.
	Ask(ctx context.Context, by record.Caller, bank uint16, name string) error
	// CompareAgain compares trades and positions with the newest set of clearing
	// files. It returns settle's errors.
	CompareAgain(ctx context.Context) (Comparison, error)
}

// The reasons why nobody was asked for a file.
var (
	ErrNoFile      = errors.New("the business date has no such file")
	ErrNobodyAsked = errors.New("there is no way to ask for this file")
)

// FilesState is what has come in for a business date.
type FilesState struct {
	Date     uint32        `json:"date"`
	Complete bool          `json:"complete" doc:"The clearing house's set is accepted and nothing stops the day end"`
	Accepted *FileSet      `json:"accepted,omitempty" doc:"The newest accepted set"`
	Pending  *FileSet      `json:"pending,omitempty" doc:"A whole set that came in the place of the accepted one without having been asked for: two people adopt it, or it stays aside"`
	Findings []FileFinding `json:"findings" doc:"What is wrong with the clearing house's files"`
	Clearing []DayFile     `json:"clearing" doc:"Every file the clearing house owes"`
	Banks    []BankFiles   `json:"banks"`
}

// FileSet is a whole set of the clearing house's files.
type FileSet struct {
	Input string     `json:"input" doc:"Hash over names and contents"`
	At    *time.Time `json:"at,omitempty" doc:"When it was accepted"`
	Used  bool       `json:"used" doc:"The day end works on it"`
}

// FileFinding is something wrong with a file.
type FileFinding struct {
	File   string    `json:"file"`
	What   string    `json:"what"`
	Record int64     `json:"record,omitempty" doc:"Counted from 1"`
	Field  string    `json:"field,omitempty"`
	Detail string    `json:"detail,omitempty"`
	Since  time.Time `json:"since"`
}

// DayFile is one file that is owed, or came.
type DayFile struct {
	Name     string     `json:"name"`
	Due      *time.Time `json:"due,omitempty"`
	Arrived  *time.Time `json:"arrived,omitempty" doc:"The first version"`
	Here     bool       `json:"here"`
	Good     bool       `json:"good" doc:"Nothing is wrong with it"`
	Versions int        `json:"versions"`
	Bytes    int64      `json:"bytes,omitempty" doc:"Of the newest version"`
	SHA256   string     `json:"sha256,omitempty"`
}

// BankFiles are the files exchanged with one bank.
type BankFiles struct {
	Bank     uint16    `json:"bank"`
	Received []DayFile `json:"received" doc:"What is agreed and what came beside it"`
	Sent     []string  `json:"sent" doc:"Names the bank has taken since the start of the centre"`
	Failure  string    `json:"failure,omitempty" doc:"Why the last batch was not taken"`
}

// Comparison is what a comparison with newer files has found.
type Comparison struct {
	Differences int      `json:"differences" doc:"What still differs"`
	Still       []uint64 `json:"still" doc:"Their cases; what is found for the first time has become one"`
	Gone        []uint64 `json:"gone" doc:"Open cases about trades and positions that are not found any more: two people may close them as other-side"`
}

// dayFiles returns the files, or the problem that there are none.
func (a *API) dayFiles() (DayFiles, error) {
	if a.config.DayFiles == nil {
		return nil, noDayEnd.problem("")
	}
	return a.config.DayFiles, nil
}

func (a *API) mountDayFiles() {
	hang(a, route{method: "GET", path: "/v1/day-end/files", summary: "The files of the business date: what came, what is missing or wrong, what was sent", tag: dayEndTag},
		func(ctx context.Context, _ *pass, _ *nothing) (FilesState, error) {
			f, err := a.dayFiles()
			if err != nil {
				return FilesState{}, err
			}
			return f.List(ctx)
		})
	hang(a, route{
		method: "POST", path: "/v1/day-end/files/request", summary: "Ask the clearing house or a bank to send a file again", tag: dayEndTag, status: 202,
		about: "The answer says that the question was taken, not that the file has come. The next whole set that brings it anew is accepted by itself.",
	}, func(ctx context.Context, p *pass, in *struct {
		Body struct {
			Bank uint16 `json:"bank,omitempty" maximum:"255" doc:"The bank that is asked; the clearing house when not given"`
			Name string `json:"name" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$"`
		}
	}) (FilesState, error) {
		f, err := a.dayFiles()
		if err == nil {
			err = f.Ask(ctx, p.caller(), in.Body.Bank, in.Body.Name)
		}
		if err != nil {
			return FilesState{}, err
		}
		return f.List(ctx)
	})
	hang(a, route{
		method: "POST", path: "/v1/day-end/files/adopt", summary: "Propose to adopt the set of clearing files that came without having been asked for", tag: dayEndTag, status: 201,
		about: "The answer's ref is the number of the proposal; when another person has approved it, the set takes the place of the accepted one.",
	}, func(ctx context.Context, p *pass, in *struct {
		Keyed
		Body struct {
			Input  string `json:"input" minLength:"64" maxLength:"64" doc:"Hash of the pending set: it says that this set was looked at"`
			Reason string `json:"reason" minLength:"1" maxLength:"400"`
		}
	}) (Outcome, error) {
		f, err := a.dayFiles()
		if err != nil {
			return Outcome{}, err
		}
		state, err := f.List(ctx)
		if err != nil {
			return Outcome{}, err
		}
		act := &record.AdoptFiles{Date: state.Date}
		n, bad := hex.Decode(act.Input[:], []byte(in.Body.Input))
		if bad != nil || n != len(act.Input) || state.Pending == nil || state.Pending.Input != in.Body.Input {
			return Outcome{}, notThere.problem("no set of that hash waits")
		}
		return a.propose(ctx, p, in.Keyed, act, in.Body.Reason)
	})
	hang(a, route{
		method: "POST", path: "/v1/day-end/files/compare", summary: "Compare trades and positions with the newest set of clearing files", tag: dayEndTag,
		about: "It books nothing, and the day end stays with the set it works on. Differences become cases as in the day end itself.",
	}, func(ctx context.Context, _ *pass, _ *struct{ Body struct{} }) (Comparison, error) {
		f, err := a.dayFiles()
		if err != nil {
			return Comparison{}, err
		}
		return f.CompareAgain(ctx)
	})
}
