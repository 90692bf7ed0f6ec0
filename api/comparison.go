package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"sancun/custody"
	"sancun/record"
	"sancun/state"
)

// Lists are the name lists that clients are compared with.
type Lists interface {
	// Compare reads the files of the lists again and begins to compare every client
	// with them. It returns ErrLists when a file is not acceptable; nothing has
	// changed then.
	Compare(ctx context.Context, by record.Caller) (state.Answer, error)
}

// ErrLists says that a file of a name list cannot be used.
var ErrLists = errors.New("the name lists cannot be read")

// The problems of name lists.
var (
	noLists  = door{http.StatusNotImplemented, record.Sentence{Name: "no-name-lists", ZH: "未配置名单", EN: "no name lists are configured", AdviceZH: "请运维人员配置identity.lists", AdviceEN: "have operations set identity.lists in the configuration"}}
	badLists = door{http.StatusConflict, record.Sentence{Name: "bad-name-lists", ZH: "名单文件无法读取，仍使用原名单", EN: "a file of a name list is not acceptable, those of before hold", AdviceZH: "见日志中的文件与行号", AdviceEN: "the log names the file and the line"}}
)

// ListComparison is one comparison of all clients with the name lists.
type ListComparison struct {
	Number   uint64     `json:"number"`
	Lists    []string   `json:"lists" doc:"The versions that held, such as UN-1267/20230801; the last one may be cut short"`
	Date     uint32     `json:"date" doc:"Business date it began on"`
	State    string     `json:"state" doc:"running, ended, or replaced by a comparison with other lists"`
	By       string     `json:"by"`
	Begun    time.Time  `json:"begun"`
	Ended    *time.Time `json:"ended,omitempty"`
	Clients  uint32     `json:"clients" doc:"How many there were when it began; later ones were compared when they opened"`
	Compared uint32     `json:"compared"`
	Hits     uint32     `json:"hits" doc:"Clients whom a list has"`
	Held     uint32     `json:"held" doc:"Of these, clients who were held for it; the others were held already, or found to be somebody else before"`
	Unread   uint32     `json:"unread" doc:"Clients whose data cannot be opened"`
}

// ListComparisons are the newest comparisons.
type ListComparisons struct {
	Fresh
	Rows []ListComparison `json:"rows"`
}

// comparisonsShown bounds the list: a list changes a few times a week.
const comparisonsShown = 100

func (a *API) mountComparisons() {
	const tag = "Clients"
	hang(a, route{method: "GET", path: "/v1/comparisons", summary: "How far the clients are compared with changed name lists, the newest first", tag: tag,
		about: "Who was met is held: GET /v1/clients?state=held lists them, GET /v1/clients/{client}/checks says by which entry, and a proposal with review decides."},
		func(ctx context.Context, _ *pass, _ *nothing) (ListComparisons, error) {
			c := ListComparisons{Rows: []ListComparison{}}
			err := a.config.Core.Look(ctx, func(m *custody.Machine) {
				for i, one := range m.Comparisons(comparisonsShown) {
					c.Rows = append(c.Rows, comparisonOf(&one, m.ComparisonCount()-uint64(i), i == 0))
				}
			})
			c.Fresh = a.now()
			return c, err
		})
	hang(a, route{method: "POST", path: "/v1/comparisons", summary: "Read the name lists again and compare every client with them", tag: tag, status: 202,
		about: "A changed list does this by itself; this one also compares again with lists that are as before."},
		func(ctx context.Context, p *pass, _ *struct{ Body struct{} }) (Outcome, error) {
			if a.config.Lists == nil {
				return Outcome{}, noLists.problem("")
			}
			answer, err := a.config.Lists.Compare(ctx, p.caller())
			switch {
			case errors.Is(err, ErrLists):
				a.config.Log.Error("the name lists were not read again", "error", err)
				return Outcome{}, badLists.problem("")
			case err != nil:
				return Outcome{}, err
			case answer.Code != uint16(record.Accepted):
				return Outcome{}, rejected(answer)
			}
			return accepted(answer), nil
		})
}

func comparisonOf(c *custody.Comparison, number uint64, newest bool) ListComparison {
	one := ListComparison{
		Number: number, Lists: strings.Fields(strings.TrimRight(strings.ToValidUTF8(string(c.Versions[:]), ""), "\x00")), Date: c.Date, State: "ended", By: callerName(c.By),
		Begun: time.Unix(0, c.Begun).In(beijing), Clients: c.Until, Compared: c.Reached, Hits: c.Hits, Held: c.Held, Unread: c.Unread,
	}
	switch {
	case c.Ended != 0:
		at := time.Unix(0, c.Ended).In(beijing)
		one.Ended = &at
	case newest:
		one.State = "running"
	default:
		one.State = "replaced"
	}
	return one
}
