package api

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"sancun/paper"
	"sancun/settle"
)

func (a *API) mountReports() {
	a.hangRaw(route{
		method: "GET", path: "/v1/days/{date}/settlement-report", summary: "The settlement report of a date, as JSON, workbook or PDF", tag: "House",
		about: "As the day end wrote it. for= says whose copy: broker, supervisor, or bank-N; a bank's desk gets its own. JSON may be asked for to see the figures behind a paper.",
	}, func(o *huma.Operation) {
		describePaper[settle.SettlementReport](a, o, []*huma.Param{pathParam("date", &huma.Schema{Type: huma.TypeInteger, Format: "int32"}, "Business date yyyymmdd")},
			&huma.Param{Name: "for", In: "query", Schema: &huma.Schema{Type: huma.TypeString, Pattern: "^(broker|supervisor|bank-[1-9][0-9]*)$"}, Description: "broker when not given"})
	}, a.handReport)
}

// handReport answers with one settlement report.
func (a *API) handReport(w http.ResponseWriter, r *http.Request, p *pass) error {
	date, err := strconv.ParseUint(chi.URLParam(r, "date"), 10, 32)
	if err != nil || date < 19000101 || date > 99991231 {
		return fieldProblem("path.date", "a date as 20230825", "须为日期，如20230825")
	}
	want, err := wishOf(r, "for")
	if err != nil {
		return err
	}
	audience := settle.ForBroker
	if text := r.URL.Query().Get("for"); text != "" {
		if audience, err = settle.ParseAudience(text); err != nil {
			return fieldProblem("query.for", "broker, supervisor or bank- with a number", "须为broker、supervisor或bank-加编号")
		}
	}
	if p.may(bankDesk) {
		if r.URL.Query().Get("for") != "" && audience.Bank != p.user.Bank {
			return notThere.problem("")
		}
		audience = settle.ForBank(p.user.Bank)
	}
	whole, err := a.settlementReport(uint32(date))
	if err != nil {
		return err
	}
	s := whole.For(audience)
	name := fmt.Sprintf("settlement-%d-%s", date, audience)
	return paperFault(a.hand(w, r, want, name, s, func() *paper.Document { return s.Paper() }))
}

// settlementReport reads the report that the day end of a date wrote.
func (a *API) settlementReport(date uint32) (*settle.SettlementReport, error) {
	if a.config.Reports == nil {
		return nil, noReport.problem("this centre ends no days")
	}
	content, err := fs.ReadFile(a.config.Reports, fmt.Sprintf("%d/%s.json", date, settle.ReportName(date, settle.ForBroker)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noReport.problem("")
	}
	if err != nil {
		return nil, fmt.Errorf("read the settlement report of %d: %w", date, err)
	}
	return settle.ReadSettlementReport(content)
}
