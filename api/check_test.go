package api_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"sancun/api"
	"sancun/record"
)

// register says of every person what the test told it to, and counts.
type register struct {
	t    testing.TB
	says map[uint8]uint8

	mu      sync.Mutex // clients of a batch are asked about at the same time
	asked   int
	serials map[string]bool
}

func (r *register) Check(ctx context.Context, s api.Subject) (all []api.Finding) {
	r.mu.Lock()
	r.asked++
	r.serials[s.Serial] = true
	r.mu.Unlock()
	if s.Serial == "" || len(s.Serial) > 64 || s.Name.Empty() || s.Number.Empty() {
		r.t.Errorf("asked about %+v", s)
	}
	if _, ok := ctx.Deadline(); !ok {
		r.t.Error("a question without an end")
	}
	for check := record.CheckName; check < record.CheckCount; check++ {
		if outcome := r.says[check]; outcome != 0 {
			all = append(all, api.Finding{CheckResult: record.CheckResult{Check: check, Outcome: outcome, Reason: 102, Serial: "R1"}, English: "they differ", Chinese: "不符"})
		}
	}
	return all
}

// An opening asks first: agreement opens, disagreement refuses with what the
// register said, no answer and a hit on a list hold until two people have looked.
func TestOpeningIsChecked(t *testing.T) {
	r := &register{t: t, says: map[uint8]uint8{record.CheckName: record.CheckAgreed, record.CheckList: record.CheckAgreed}, serials: map[string]bool{}}
	c := openWith(t, 1000, &memory{}, func(config *api.Config) { config.Register = r })
	first := c.must("maker", "POST", "/v1/clients", "k1", client(1))
	if first.body["held"] != nil {
		t.Errorf("agreed: %s", first.raw)
	}
	if again := c.must("maker", "POST", "/v1/clients", "k1", client(1)); string(again.raw) != string(first.raw) || r.asked != 1 {
		t.Errorf("again: %s after %d questions", again.raw, r.asked)
	}
	r.says[record.CheckName] = record.CheckDisagreed
	no := c.send("maker", "POST", "/v1/clients", "k2", client(2))
	if fields, _ := no.body["errors"].([]any); no.code() != "identity-disagrees" || len(fields) != 1 || !strings.Contains(string(no.raw), "不符") {
		t.Errorf("disagreed: %d %s", no.status, no.raw)
	}
	r.says = map[uint8]uint8{record.CheckName: record.CheckUnknown}
	c.must("maker", "POST", "/v1/clients", "k3", client(3))
	held := c.must("checker", "GET", "/v1/clients/3/checks", "", nil)
	if held.body["state"] != "held" || fmt.Sprint(held.body["held"]) != "[unanswered]" {
		t.Errorf("no answer: %s", held.raw)
	}
	if got := c.send("maker", "POST", "/v1/funds", "", map[string]any{"number": 3, "client": 3, "currency": "CNY", "main": true}); got.code() != "client-held" {
		t.Errorf("an account of a held client: %s", got.raw)
	}
	c.fill()
	r.says = map[uint8]uint8{record.CheckName: record.CheckAgreed}
	if got := c.must("maker", "POST", "/v1/clients/3/checks", "", map[string]any{}); got.body["state"] != "normal" {
		t.Errorf("answered later: %s", got.raw)
	}
	if got := c.send("maker", "POST", "/v1/clients/99/checks", "", map[string]any{}); got.status != 404 {
		t.Errorf("nobody asked again: %s", got.raw)
	}
	if got := c.send("checker", "GET", "/v1/clients/99/checks", "", nil); got.status != 404 {
		t.Errorf("nobody's checks: %s", got.raw)
	}
	if len(r.serials) != 3 {
		t.Errorf("three people were asked about under %d serials", len(r.serials))
	}
}

// A change of name asks the register too: what it disagrees with is not even
// proposed, and an approved change that a list hits holds the client.
func TestChangeOfNameIsChecked(t *testing.T) {
	r := &register{t: t, says: map[uint8]uint8{record.CheckName: record.CheckAgreed}, serials: map[string]bool{}}
	c := openWith(t, 1000, &memory{}, func(config *api.Config) { config.Register = r })
	c.must("maker", "POST", "/v1/clients", "k1", client(1))
	change := map[string]any{"document_kind": 1, "document": person(9).Number, "name": person(9).Name, "verified": true}
	r.says = map[uint8]uint8{record.CheckName: record.CheckDisagreed}
	if got := c.send("maker", "POST", "/v1/clients/1/identity", "i1", change); got.code() != "identity-disagrees" || got.body["errors"] == nil {
		t.Errorf("disagreed: %d %s", got.status, got.raw)
	}
	r.says = map[uint8]uint8{record.CheckName: record.CheckUnknown}
	asked := c.must("maker", "POST", "/v1/clients/1/identity", "i2", change)
	if got := c.approve("checker", asked.number("proposal")); got.code() != "identity-unanswered" {
		t.Errorf("approved without an answer: %d %s", got.status, got.raw)
	}
	r.says = map[uint8]uint8{record.CheckName: record.CheckAgreed, record.CheckList: record.CheckDisagreed}
	asked = c.must("maker", "POST", "/v1/clients/1/identity", "i3", change)
	if got := c.approve("checker", asked.number("proposal")); got.code() != "accepted" {
		t.Errorf("approved: %d %s", got.status, got.raw)
	}
	if got := c.must("ops", "GET", "/v1/clients/1/checks", "", nil); got.body["state"] != "held" {
		t.Errorf("after a hit: %s", got.raw)
	}
}

// A hit on a list opens a held client; the maker of the review cannot approve it.
func TestHitIsReviewedByTwo(t *testing.T) {
	r := &register{t: t, says: map[uint8]uint8{record.CheckList: record.CheckDisagreed}, serials: map[string]bool{}}
	c := openWith(t, 1000, &memory{}, func(config *api.Config) { config.Register = r })
	batch := c.must("maker", "POST", "/v1/clients/batch", "b", map[string]any{"clients": []any{client(4), client(5)}})
	if held, _ := batch.body["held"].([]any); len(held) != 2 || !strings.Contains(string(batch.raw), "name-list") {
		t.Errorf("batch: %s", batch.raw)
	}
	review := map[string]any{"reason": "another person of this name", "review_client": map[string]any{"client": 4, "release": true, "reference": "memo 7"}}
	c.must("maker", "POST", "/v1/proposals", "p", review)
	c.fill()
	digest := c.must("checker", "GET", "/v1/proposals/1", "", nil).body["digest"]
	c.must("checker", "POST", "/v1/proposals/1/approve", "a", map[string]any{"digest": digest})
	if got := c.must("ops", "GET", "/v1/clients/4/checks", "", nil); got.body["state"] != "normal" {
		t.Errorf("released: %s", got.raw)
	}
	c.must("maker", "POST", "/v1/proposals", "q", map[string]any{"reason": "new rule", "check_rule": map[string]any{
		"class": "person", "required": []string{"name", "card"}, "from": today, "source": "house rule 4"}})
	c.fill()
	rule := c.must("checker", "GET", "/v1/proposals/2", "", nil)
	if content, _ := rule.body["content"].(map[string]any); fmt.Sprint(content["Required"]) != "18" {
		t.Errorf("rule: %s", rule.raw)
	}
}

// Without a register nobody is asked, and asking again says why not.
func TestNoRegister(t *testing.T) {
	c := open(t, 1000)
	c.must("maker", "POST", "/v1/clients", "k", client(1))
	if got := c.send("maker", "POST", "/v1/clients/1/checks", "", map[string]any{}); got.status != 501 || got.code() != "no-register" {
		t.Errorf("asked again: %d %s", got.status, got.raw)
	}
}
