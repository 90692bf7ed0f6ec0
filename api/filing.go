package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"sancun/custody"
	"sancun/journal"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
	"sancun/wire/filing"
)

// The problems of filings.
var (
	noFilings   = door{http.StatusNotImplemented, record.Sentence{Name: "no-filings", ZH: "未配置券商代码，不能生成报备文件", EN: "the broker's code is not configured, so there are no filing files", AdviceZH: "请运维人员配置broker.code", AdviceEN: "have operations set broker.code in the configuration"}}
	nothingDue  = door{http.StatusConflict, record.Sentence{Name: "nothing-to-file", ZH: "没有待报备的记录", EN: "nothing is to be filed", AdviceZH: "无须处理", AdviceEN: "there is nothing to do"}}
	badAnswer   = door{http.StatusUnprocessableEntity, record.Sentence{Name: "bad-answer-file", ZH: "回执文件格式错误", EN: "this is no answer file", AdviceZH: "见 docs/formats/filing.md；请核对文件是否完整", AdviceEN: "see docs/formats/filing.md, and whether the file is whole"}}
	otherAnswer = door{http.StatusConflict, record.Sentence{Name: "answer-of-another-file", ZH: "回执与该报备文件不符", EN: "the answer belongs to another file", AdviceZH: "请核对券商代码、日期与文件编号", AdviceEN: "compare the broker's code, the date and the number of the file"}}
	linesErased = door{http.StatusGone, record.Sentence{Name: "lines-erased", ZH: "文件中客户的资料已销毁，不能再次生成", EN: "the data of a client in the file were erased, it cannot be written again", AdviceZH: "请使用当时报出的文件", AdviceEN: "use the file that was sent then"}}
)

// Filing is one entry for the supervisor.
type Filing struct {
	Number   uint64 `json:"number"`
	Client   uint64 `json:"client"`
	Kind     string `json:"kind" doc:"opening, change or closing"`
	Date     uint32 `json:"date" doc:"Business date of the event"`
	State    string `json:"state" doc:"to-be-filed, filed, acknowledged or refused"`
	File     uint64 `json:"file,omitempty"`
	Reason   uint16 `json:"reason,omitempty" doc:"Of a refusal, the supervisor's own"`
	Answered uint32 `json:"answered,omitempty" doc:"Business date of the answer"`
	Of       uint64 `json:"of,omitempty" doc:"Number of the refused entry that this one repeats"`
	Again    uint64 `json:"again,omitempty" doc:"Number of the entry that repeats this one"`
}

// Filings is a page of entries.
type Filings struct {
	Fresh
	Total     uint64   `json:"total"`
	ToBeFiled uint64   `json:"to_be_filed"`
	Rows      []Filing `json:"rows"`
	Next      uint64   `json:"next,omitempty" doc:"Send it as after for the next page"`
}

// FilingFile is a file of entries.
type FilingFile struct {
	Number   uint64    `json:"number"`
	Name     string    `json:"name"`
	Date     uint32    `json:"date"`
	First    uint64    `json:"first" doc:"Number of its first entry"`
	Last     uint64    `json:"last"`
	Answered uint32    `json:"answered" doc:"How many entries are answered"`
	Refused  uint32    `json:"refused" doc:"Of these, how many are refused"`
	Made     time.Time `json:"made"`
	By       string    `json:"by"`
	Height   uint64    `json:"made_at" doc:"Block that has its lines, sealed"`
}

// FilingFiles is a page of files, the newest first.
type FilingFiles struct {
	Fresh
	Rows []FilingFile `json:"rows"`
	Next uint64       `json:"next,omitempty" doc:"Send it as before for the next page"`
}

// MadeFiling is the answer to the making of a file.
type MadeFiling struct {
	Outcome
	Left uint64 `json:"left" doc:"Entries still to be filed"`
}

// FilingContent is a file with its personal data in clear.
type FilingContent struct {
	Name    string `json:"name"`
	Content []byte `json:"content" contentEncoding:"base64" doc:"The file, base64, GB18030"`
}

var (
	filingKinds  = []string{record.FilingOpening: "opening", record.FilingChange: "change", record.FilingClosing: "closing"}
	filingStates = []string{"filed", record.FilingAcknowledged: "acknowledged", record.FilingRefused: "refused"}
)

const toBeFiled = "to-be-filed"

// filingsLooked bounds the entries that one request looks through between two
// blocks, so that business does not wait for a search.
const filingsLooked = 10_000

// OfFilingFile names the file of a path.
type OfFilingFile struct {
	File uint64 `path:"file" minimum:"1" doc:"Number of the file"`
}

func (a *API) mountFilings() {
	const tag = "Filings"
	hang(a, route{method: "GET", path: "/v1/filings", summary: "What is, or is to be, filed with the supervisor", tag: tag,
		about: "Openings, changes of name, document or mobile, and closings. A page may have fewer rows than asked for, also none, and still a next."},
		func(ctx context.Context, _ *pass, in *struct {
			After uint64 `query:"after" doc:"The next of the page before"`
			Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
			State string `query:"state" enum:"to-be-filed,filed,acknowledged,refused"`
		}) (Filings, error) {
			return a.filings(ctx, in.After, in.Limit, in.State)
		})
	hang(a, route{method: "POST", path: "/v1/filings/{filing}/again", summary: "File again what the supervisor refused", tag: tag, status: 201,
		about: "The new entry, whose number is the answer's ref, has the client's data as they are when its file is made: correct them first."},
		func(ctx context.Context, p *pass, in *struct {
			Keyed
			Filing uint64 `path:"filing" minimum:"1"`
			Body   struct {
				Reference string `json:"reference" minLength:"1" maxLength:"200" doc:"What was put right; never personal data itself"`
			}
		}) (Outcome, error) {
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, &record.FileAgain{Filing: in.Filing, Reference: in.Body.Reference})
		})
	hang(a, route{method: "GET", path: "/v1/filing-files", summary: "The files for the supervisor, the newest first", tag: tag},
		func(ctx context.Context, _ *pass, in *struct {
			Before uint64 `query:"before" doc:"The next of the page before"`
			Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
		}) (FilingFiles, error) {
			return a.filingFiles(ctx, in.Before, in.Limit)
		})
	hang(a, route{method: "POST", path: "/v1/filing-files", summary: "Put what is to be filed into a file", tag: tag, status: 201,
		about: "The next entries, up to 500; the answer's ref is the number of the file and left says whether there are more. An entry is in exactly one file."},
		func(ctx context.Context, p *pass, in *struct {
			Keyed
			Body struct{}
		}) (MadeFiling, error) {
			if err := in.check(false); err != nil {
				return MadeFiling{}, err
			}
			return a.makeFiling(ctx, p, in.Key)
		})
	a.mountFilingContents(tag)
}

// mountFilingContents hangs what has to do with the content of files.
func (a *API) mountFilingContents(tag string) {
	hang(a, route{method: "POST", path: "/v1/filing-files/{file}/read", summary: "A file for the supervisor, with personal data in clear", tag: tag,
		about: "The same bytes every time. Who took it and why is in the journal before it is given."},
		func(ctx context.Context, p *pass, in *struct {
			OfFilingFile
			Body struct {
				Reason string `json:"reason" minLength:"4" maxLength:"200" doc:"Why it is taken; never personal data itself"`
			}
		}) (FilingContent, error) {
			if _, err := a.decide(ctx, p, "", &record.FilingRead{File: in.File, Reason: in.Body.Reason}); err != nil {
				return FilingContent{}, err
			}
			return a.filingContent(ctx, in.File)
		})
	hang(a, route{method: "POST", path: "/v1/filing-files/{file}/answer", summary: "Take the supervisor's answer to a file", tag: tag, bodyMax: 2 * filing.BytesMax,
		about: "The whole answer or a part of it; the same answer again changes nothing. The texts of refusals are kept nowhere: they may name the client."},
		func(ctx context.Context, p *pass, in *struct {
			OfFilingFile
			Body struct {
				Content []byte `json:"content" contentEncoding:"base64" minLength:"1" maxLength:"1398104" doc:"The answer file, base64"`
			}
		}) (Outcome, error) {
			return a.filingAnswer(ctx, p, in.File, in.Body.Content)
		})
}

// filings makes a page of entries. Those that are to be filed are the last ones.
func (a *API) filings(ctx context.Context, after uint64, limit int, wanted string) (Filings, error) {
	page := Filings{Rows: []Filing{}}
	err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		filed := m.Filed()
		page.Total, page.ToBeFiled = m.FilingCount(), m.FilingCount()-filed
		if wanted == toBeFiled {
			after = max(after, filed)
		}
		for n := after + 1; n <= page.Total && n > after; n++ {
			e, _ := m.FilingBy(n)
			one := filingOf(m, n, &e)
			if wanted == "" || one.State == wanted {
				page.Rows = append(page.Rows, one)
			}
			if (len(page.Rows) == limit || n-after == filingsLooked) && n < page.Total {
				page.Next = n
				return
			}
		}
	})
	page.Fresh = a.now()
	return page, err
}

func filingOf(m *custody.Machine, number uint64, e *custody.Filing) Filing {
	one := Filing{
		Number: number, Client: m.ClientAt(e.Client).Number, Kind: word(filingKinds, e.Kind), Date: e.Date, State: toBeFiled, File: m.FileOf(number),
		Reason: e.Reason, Answered: e.Answered, Of: uint64(e.Of), Again: uint64(e.Again),
	}
	if one.File != 0 {
		one.State = word(filingStates, e.Outcome)
	}
	return one
}

func (a *API) filingFiles(ctx context.Context, before uint64, limit int) (FilingFiles, error) {
	page := FilingFiles{Rows: []FilingFile{}}
	err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		n := m.FilingFileCount()
		if before != 0 {
			n = min(n, before-1)
		}
		for ; n > 0 && len(page.Rows) < limit; n-- {
			f, _ := m.FilingFileBy(n)
			page.Rows = append(page.Rows, FilingFile{
				Number: n, Name: a.filingFile(n, &f).Name(), Date: f.Date, First: uint64(f.First) + 1, Last: uint64(f.Last) + 1, Answered: f.Answered, Refused: f.Refused,
				Made: time.Unix(0, f.Made).In(beijing), By: callerName(f.By), Height: f.Height,
			})
		}
		if n > 0 {
			page.Next = n + 1
		}
	})
	page.Fresh = a.now()
	return page, err
}

// filingFile is the head of a file.
func (a *API) filingFile(number uint64, f *custody.FilingFile) *filing.File {
	return &filing.File{Broker: a.config.BrokerCode, Date: f.Date, Number: number}
}

// filingDue is an entry to be filed with its client.
type filingDue struct {
	number uint64
	custody.Filing
	client custody.Client
}

// makeFiling puts the next entries into a file.
func (a *API) makeFiling(ctx context.Context, p *pass, key string) (made MadeFiling, err error) {
	if a.config.BrokerCode == "" {
		return made, noFilings.problem("")
	}
	known, err := a.answered(ctx, p, key)
	if err != nil {
		return made, err
	}
	if known { // the same lines would be sealed to other bytes
		return a.madeBefore(ctx, p, key)
	}
	var due []filingDue
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		for n := m.Filed() + 1; n <= m.FilingCount() && len(due) < record.FilingMax; n++ {
			e, _ := m.FilingBy(n)
			due = append(due, filingDue{n, e, m.ClientAt(e.Client)})
		}
	}); err != nil {
		return made, err
	}
	if len(due) == 0 {
		return made, nothingDue.problem("")
	}
	if err := a.caughtUp(ctx); err != nil {
		return made, err
	}
	cmd := &record.MakeFiling{Lines: make([]record.FilingLine, len(due))}
	for i := range due {
		if cmd.Lines[i], err = a.filingLine(ctx, &due[i]); err != nil {
			return made, err
		}
	}
	if made.Outcome, err = a.decideSealed(ctx, p, key, cmd); err != nil {
		return made, err
	}
	err = a.config.Core.Look(ctx, func(m *custody.Machine) { made.Left = m.FilingCount() - m.Filed() })
	return made, err
}

// madeBefore is what was answered under a key.
func (a *API) madeBefore(ctx context.Context, p *pass, key string) (made MadeFiling, err error) {
	var first state.Answer
	err = a.config.Core.Look(ctx, func(m *custody.Machine) {
		first, _ = m.Answer(record.KeyFor(p.caller(), key))
		made.Left = m.FilingCount() - m.Filed()
	})
	switch {
	case err != nil:
		return MadeFiling{}, err
	case first.Code != uint16(record.Accepted):
		return MadeFiling{}, rejected(first)
	}
	made.Outcome = accepted(first)
	return made, nil
}

// clearLine is the first byte of a line that is not sealed, because its client's
// key is gone: there are no personal data in it. A seal begins with its version.
const clearLine = 0

// filingLine writes the line of an entry and seals it under the client's key.
func (a *API) filingLine(ctx context.Context, d *filingDue) (record.FilingLine, error) {
	e := filing.Entry{
		Number: d.number, Kind: filing.Kind(d.Kind), Date: d.Date, Client: d.client.Number, Class: d.client.Class, Document: d.client.Document,
		Branch: d.client.Branch, Opened: d.client.Opened, Closed: d.client.Closed, Of: uint64(d.Of),
	}
	key, err := a.config.Vault.Key(d.client.Number)
	if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrDestroyed) {
		line, err := e.Line()
		return record.FilingLine{Filing: d.number, Sealed: append([]byte{clearLine}, line...)}, err
	}
	if err != nil {
		return record.FilingLine{}, err
	}
	for _, f := range []struct {
		field vault.Field
		into  *string
	}{{vault.FieldName, &e.Name}, {vault.FieldDocument, &e.ID}, {vault.FieldMobile, &e.Mobile}} {
		_, text, err := a.piece(ctx, key, f.field)
		if err != nil {
			return record.FilingLine{}, err
		}
		*f.into = text.Plain()
	}
	line, err := e.Line()
	if err != nil {
		return record.FilingLine{}, err
	}
	sealed, err := key.Seal(vault.FieldFiling, vault.NewSecret(line))
	return record.FilingLine{Filing: d.number, Sealed: sealed}, err
}

// errFound ends the reading of the journal.
var errFound = errors.New("found")

// filingContent writes a file from the lines that lie sealed in the journal.
func (a *API) filingContent(ctx context.Context, number uint64) (content FilingContent, err error) {
	if a.config.BrokerCode == "" {
		return content, noFilings.problem("")
	}
	var f custody.FilingFile
	clients := map[uint64]uint64{} // of each entry
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		f, _ = m.FilingFileBy(number)
		for n := uint64(f.First) + 1; n <= uint64(f.Last)+1; n++ {
			if e, ok := m.FilingBy(n); ok {
				clients[n] = m.ClientAt(e.Client).Number
			}
		}
	}); err != nil {
		return content, err
	}
	lines, err := a.filingLines(number, f.Height)
	if err != nil {
		return content, err
	}
	file := a.filingFile(number, &f)
	for i := range lines {
		line, err := a.openLine(clients[lines[i].Filing], lines[i].Sealed)
		if err != nil {
			return content, err
		}
		file.Lines = append(file.Lines, line)
	}
	content.Name = file.Name()
	content.Content, err = file.Encode()
	return content, err
}

// filingLines finds the lines of a file in the block that has them.
func (a *API) filingLines(number, height uint64) (lines []record.FilingLine, err error) {
	err = a.config.Core.Blocks(height, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return err
			}
			if v.Kind != record.KindMakeFiling || v.Code != record.Accepted || v.Ref != number {
				continue
			}
			cmd, err := v.Cmd()
			if err != nil {
				return err
			}
			lines = cmd.(*record.MakeFiling).Lines
		}
		return errFound
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	if err == nil && len(lines) == 0 {
		err = fmt.Errorf("block %d has no lines of filing file %d", height, number)
	}
	return lines, err
}

// openLine opens one line.
func (a *API) openLine(client uint64, sealed []byte) (string, error) {
	if len(sealed) > 0 && sealed[0] == clearLine {
		return string(sealed[1:]), nil
	}
	key, err := a.config.Vault.Key(client)
	if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrDestroyed) {
		return "", linesErased.problem("")
	}
	if err != nil {
		return "", err
	}
	text, err := key.Open(vault.FieldFiling, sealed)
	return text.Plain(), err
}

// filingAnswer reads an answer file and journals it.
func (a *API) filingAnswer(ctx context.Context, p *pass, number uint64, content []byte) (Outcome, error) {
	answer, err := filing.DecodeAnswer(content)
	if err != nil {
		return Outcome{}, badAnswer.problem(err.Error())
	}
	var f custody.FilingFile
	var known bool
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) { f, known = m.FilingFileBy(number) }); err != nil {
		return Outcome{}, err
	}
	if known && (answer.Number != number || answer.Date != f.Date || answer.Broker != a.config.BrokerCode) {
		return Outcome{}, otherAnswer.problem("")
	}
	cmd := &record.FilingAnswered{File: number}
	for _, v := range answer.Verdicts {
		row := record.FilingAnswer{Filing: v.Entry, Outcome: record.FilingAcknowledged, Reason: v.Reason}
		if v.Refused {
			row.Outcome = record.FilingRefused
		}
		cmd.Rows = append(cmd.Rows, row)
	}
	return a.decide(ctx, p, "", cmd)
}
