package main

import (
	"context"
	"encoding/json"
	"fmt"
)

type callCmd struct {
	doorFlags
	Method string `arg:"" enum:"GET,POST,DELETE" help:"GET, POST or DELETE."`
	Path   string `arg:"" help:"Path of a route, such as /v1/funds/880000000000/balance; docs/openapi.yaml lists them."`
	Body   string `arg:"" optional:"" help:"The body, JSON."`
	Key    string `help:"Idempotency key, to send a request again whose outcome is unknown; a fresh one when not given."`
}

// Run sends one request and prints the answer.
func (c *callCmd) Run(ctx context.Context) error {
	c.again = c.Key
	var body any
	if c.Body != "" {
		if !json.Valid([]byte(c.Body)) {
			return fmt.Errorf("the body is not JSON: %s", c.Body)
		}
		body = json.RawMessage(c.Body)
	}
	return show[any](ctx, &c.doorFlags, c.Method, c.Path, body, nil)
}
