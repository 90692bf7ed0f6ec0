package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sancun/custody"
	"sancun/record"
)

// Health says that the door answers and how far the centre is.
type Health struct {
	OK          bool      `json:"ok"`
	Height      uint64    `json:"height" doc:"Last durable block"`
	BooksHeight uint64    `json:"books_height" doc:"Block the enquiries are as of"`
	BooksTime   time.Time `json:"books_time" doc:"Its time"`
}

// Version says what runs.
type Version struct {
	Version string `json:"version"`
	Logic   uint16 `json:"logic" doc:"Version of the rules of decision"`
}

// Head is where the journal and the business day stand.
type Head struct {
	Cell   uint32    `json:"cell"`
	Epoch  uint32    `json:"epoch"`
	Height uint64    `json:"height"`
	Hash   string    `json:"hash"`
	Time   time.Time `json:"time"`
	Date   uint32    `json:"business_date" doc:"yyyymmdd, 0 before the first"`
	Next   uint32    `json:"next_date"`
	Phase  string    `json:"phase" doc:"none, open, stopped or cleared"`
}

// Rejection is one line of the list of rejections.
type Rejection struct {
	Number   uint16 `json:"number,omitempty"`
	Code     string `json:"code"`
	Status   int    `json:"status"`
	Chinese  string `json:"zh"`
	English  string `json:"en"`
	AdviceZH string `json:"advice_zh,omitempty"`
	AdviceEN string `json:"advice_en,omitempty"`
}

type nothing struct{}

func (a *API) mountHealth() {
	const tag = "Service"
	hang(a, route{method: "GET", path: "/v1/health", summary: "Is it alive, and how far", tag: tag},
		func(ctx context.Context, _ *pass, _ *nothing) (Health, error) {
			head, _ := a.config.Core.Head()
			reached, err := a.config.Books.Reached(ctx)
			return Health{OK: err == nil, Height: head.Height, BooksHeight: reached.Height, BooksTime: reached.Time}, err
		})
	hang(a, route{method: "GET", path: "/v1/version", summary: "What runs", tag: tag},
		func(context.Context, *pass, *nothing) (Version, error) {
			return Version{a.config.Version, record.LogicVersion}, nil
		})
	hang(a, route{method: "GET", path: "/v1/head", summary: "Where the journal and the business day stand", tag: tag},
		func(ctx context.Context, _ *pass, _ *nothing) (Head, error) {
			var day custody.Day
			err := a.config.Core.Look(ctx, func(m *custody.Machine) { day = m.Today() })
			at, _ := a.config.Core.Head()
			return Head{
				Cell: at.Cell, Epoch: at.Epoch, Height: at.Height, Hash: at.Hash.String(), Time: time.Unix(0, at.Time).UTC(),
				Date: day.Date, Next: day.Next, Phase: word(phaseWords, day.Phase),
			}, err
		})
	hang(a, route{method: "GET", path: "/v1/rejections", summary: "Every rejection there is, with its sentences", tag: tag},
		func(context.Context, *pass, *nothing) ([]Rejection, error) { return rejections(), nil })
	a.hangRaw(route{method: "GET", path: "/openapi.yaml", summary: "This document", tag: tag}, func(o *huma.Operation) {
		o.Responses = map[string]*huma.Response{"200": {Description: "OpenAPI 3.1", Content: map[string]*huma.MediaType{"application/openapi+yaml": {}}}}
	}, func(w http.ResponseWriter, _ *http.Request, _ *pass) error {
		w.Header().Set("Content-Type", "application/openapi+yaml")
		_, _ = w.Write(a.spec) // the caller has gone if this fails
		return nil
	})
}

func rejections() []Rejection {
	var all []Rejection
	for _, c := range record.Codes() {
		if s, ok := c.Sentence(); ok && c != record.Accepted {
			all = append(all, Rejection{uint16(c), s.Name, statusOf(c), s.ZH, s.EN, s.AdviceZH, s.AdviceEN})
		}
	}
	for _, d := range doors {
		all = append(all, Rejection{0, d.Name, d.status, d.ZH, d.EN, d.AdviceZH, d.AdviceEN})
	}
	return all
}
