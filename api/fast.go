package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"sancun/record"
)

// hangFast hangs an act that is asked for thousands of times a second: its body
// is decoded straight into its fields, which make checks, and the idempotency key
// is required. What is wrong reads the same as everywhere. After turns the outcome
// of an accepted command into the answer.
func hangFast[B, O any](a *API, r route, make func(ctx context.Context, p *pass, key string, b *B) (fund uint64, cmd record.Command, err error), after func(context.Context, Outcome) O) {
	a.hangRaw(r, func(o *huma.Operation) {
		describe[B, O](a, o)
	}, func(w http.ResponseWriter, req *http.Request, p *pass) error {
		k := Keyed{Key: req.Header.Get("Idempotency-Key")}
		if err := k.check(true); err != nil {
			return err
		}
		var b B
		if err := decodeBody(w, req, bodyMax, &b); err != nil {
			return err
		}
		fund, cmd, err := make(req.Context(), p, k.Key, &b)
		if err != nil {
			return err
		}
		if err := a.ownFund(req.Context(), p, fund); err != nil {
			return err
		}
		outcome, err := a.decide(req.Context(), p, k.Key, cmd)
		if err != nil {
			return err
		}
		return writeJSON(w, r.status, after(req.Context(), outcome))
	})
}

// asItIs answers with the outcome alone.
func asItIs(_ context.Context, o Outcome) Outcome { return o }

// decodeBody reads a JSON body into b. Unknown fields, a second value and a body
// beyond max are refused.
func decodeBody(w http.ResponseWriter, r *http.Request, max int64, b any) error {
	if t := r.Header.Get("Content-Type"); t != "" && mediaType(t) != "application/json" {
		return badMedia.problem("")
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, max))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(b)
	if err == nil {
		if _, err = decoder.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		return badJSON.problem("something follows the value")
	}
	var long *http.MaxBytesError
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &long):
		return tooLarge.problem("")
	case errors.As(err, &typed):
		return fieldProblem("body."+typed.Field, "a "+typed.Value+" does not fit here", "类型或范围不符")
	}
	return badJSON.problem(err.Error())
}

// writeJSON sends an answer past huma.
func writeJSON(w http.ResponseWriter, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the caller has gone if this fails
	return nil
}

// mediaType is a content type without its parameters.
func mediaType(header string) string {
	media, _, err := mime.ParseMediaType(header)
	if err != nil {
		return ""
	}
	return media
}

// describe writes body, key and answer of a route past huma into its document.
func describe[B, O any](a *API, o *huma.Operation) {
	schemas := a.huma.OpenAPI().Components.Schemas
	var b B
	var out O
	o.Parameters = append(o.Parameters, &huma.Param{
		Name: "Idempotency-Key", In: "header", Required: true, Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(int(keyMax))},
		Description: "1 to 64 visible characters. The same key with the same request gives the same answer, with another request it is refused.",
	})
	o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: schemas.Schema(reflect.TypeOf(b), true, "")},
	}}
	o.Responses = map[string]*huma.Response{
		strconv.Itoa(o.DefaultStatus): {Description: http.StatusText(o.DefaultStatus), Content: map[string]*huma.MediaType{
			"application/json": {Schema: schemas.Schema(reflect.TypeOf(out), true, "")},
		}},
		"default": {Description: "Error", Content: map[string]*huma.MediaType{
			"application/problem+json": {Schema: schemas.Schema(reflect.TypeOf(Problem{}), true, "")},
		}},
	}
}
