package api

import (
	"context"

	"sancun/custody"
)

// Issue is a new issue that takes subscriptions today.
type Issue struct {
	Code     string `json:"code" doc:"Subscriptions are orders in this code: side subscribe, category non-trading, type limit"`
	Security string `json:"security" doc:"What will be listed"`
	Date     uint32 `json:"date"`
	Price    int64  `json:"price" doc:"Of every subscription; in ten-thousandths"`
	Unit     int64  `json:"unit" doc:"A quantity is a multiple of it"`
	Max      int64  `json:"max" doc:"The most one securities account may subscribe"`
}

// issues reads the calendar of the day from the machine.
func (a *API) issues(ctx context.Context) (Page[Issue], error) {
	p := Page[Issue]{Rows: []Issue{}}
	err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		for _, i := range m.Issues() {
			p.Rows = append(p.Rows, Issue{i.Code.String(), i.Security.String(), i.Date, int64(i.Price), int64(i.Unit), int64(i.Max)})
		}
	})
	p.Fresh = a.now()
	return p, err
}
