package api_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"sancun/api"
	"sancun/journal"
	"sancun/wire/filing"
)

// filingCentre is a centre that files, with two clients of whom one was changed.
func filingCentre(t *testing.T) *centre {
	t.Helper()
	c := openWith(t, 1000, &memory{}, func(config *api.Config) { config.BrokerCode = "60050000" })
	c.must("maker", "POST", "/v1/clients", "k1", client(1))
	c.must("maker", "POST", "/v1/clients", "k2", client(2))
	c.fill()
	return c
}

// taken takes the content of a file in clear.
func (c *centre) taken(file uint64) []byte {
	c.t.Helper()
	got := c.must("ops", "POST", fmt.Sprintf("/v1/filing-files/%d/read", file), "", map[string]any{"reason": "sent to the supervisor"})
	raw, err := base64.StdEncoding.DecodeString(fmt.Sprint(got.body["content"]))
	if err != nil {
		c.t.Fatal(err)
	}
	return raw
}

// The whole way: openings are to be filed, go into one file, are answered, and what
// was refused is filed again with the data as they are then.
func TestFilingGoesItsWay(t *testing.T) {
	c := filingCentre(t)
	if got := c.must("ops", "GET", "/v1/filings?state=to-be-filed", "", nil); got.number("total") != 2 || got.number("to_be_filed") != 2 || strings.Count(string(got.raw), `"opening"`) != 2 {
		t.Errorf("to be filed: %s", got.raw)
	}
	made := c.must("ops", "POST", "/v1/filing-files", "m1", map[string]any{})
	if again := c.must("ops", "POST", "/v1/filing-files", "m1", map[string]any{}); made.number("ref") != 1 || made.number("left") != 0 || again.number("ref") != 1 {
		t.Errorf("made: %s, and again %s", made.raw, again.raw)
	}
	if got := c.send("ops", "POST", "/v1/filing-files", "m2", map[string]any{}); got.code() != "nothing-to-file" {
		t.Errorf("nothing to file: %s", got.raw)
	}
	raw := c.taken(1)
	file, entries, err := filing.Decode(raw)
	if err != nil || len(entries) != 2 || entries[0].Name != person(1).Name || entries[0].ID != person(1).Number || entries[1].Mobile != person(2).Mobile || file.Date != today {
		t.Fatalf("the file: %+v %+v, %v", file, entries, err)
	}
	answer := filing.Answer{Broker: "60050000", Date: today, Number: 1, Verdicts: []filing.Verdict{{Entry: 1}, {Entry: 2, Refused: true, Reason: 17, Text: "手机号码不符"}}}
	if got := c.answered(1, &answer); got.number("ref") != 2 {
		t.Errorf("answered: %s", got.raw)
	}
	c.fill()
	changed := person(2)
	changed.Mobile = person(9).Mobile
	c.must("maker", "POST", "/v1/clients/2/contact", "c", map[string]any{"mobile": changed.Mobile, "email": changed.Email, "address": changed.Address})
	c.must("maker", "POST", "/v1/filings/2/again", "a", map[string]any{"reference": "mobile corrected"})
	c.fill()
	if got := c.must("ops", "POST", "/v1/filing-files", "m3", map[string]any{}); got.number("ref") != 2 {
		t.Errorf("made again: %s", got.raw)
	}
	if string(c.taken(1)) != string(raw) {
		t.Error("the first file is another one now")
	}
	_, entries, err = filing.Decode(c.taken(2))
	if err != nil || len(entries) != 2 || entries[0].Kind != filing.Change || entries[1].Of != 2 || entries[1].Mobile != changed.Mobile {
		t.Errorf("the second file: %+v, %v", entries, err)
	}
	all := c.must("ops", "GET", "/v1/filings", "", nil)
	for _, want := range []string{`"acknowledged"`, `"refused","file":1,"reason":17`, `"again":4`, `"of":2`} {
		if !strings.Contains(string(all.raw), want) {
			t.Errorf("filings without %s: %s", want, all.raw)
		}
	}
	if got := c.must("ops", "GET", "/v1/filing-files?limit=1", "", nil); got.number("next") != 2 || !strings.Contains(string(got.raw), "KHBA_60050000_20230825_000002.txt") {
		t.Errorf("files: %s", got.raw)
	}
}

func (c *centre) answered(file uint64, a *filing.Answer) reply {
	c.t.Helper()
	raw, err := a.Encode()
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send("ops", "POST", fmt.Sprintf("/v1/filing-files/%d/answer", file), "", map[string]any{"content": raw})
}

// What is no answer to this file changes nothing, pages are of their length, and no
// personal datum is in a block in clear.
func TestFilingIsGuarded(t *testing.T) {
	c := filingCentre(t)
	first := c.must("ops", "GET", "/v1/filings?limit=1", "", nil)
	if next := c.must("ops", "GET", fmt.Sprintf("/v1/filings?limit=1&after=%d", first.number("next")), "", nil); first.number("next") != 1 || next.body["next"] != nil {
		t.Errorf("pages: %s, %s", first.raw, next.raw)
	}
	c.must("ops", "POST", "/v1/filing-files", "", map[string]any{})
	answer := filing.Answer{Broker: "60050000", Date: today, Number: 2, Verdicts: []filing.Verdict{{Entry: 1}}}
	if got := c.answered(1, &answer); got.code() != "answer-of-another-file" {
		t.Errorf("of another file: %s", got.raw)
	}
	answer.Number, answer.Verdicts[0].Entry = 1, 9
	if got := c.answered(1, &answer); got.code() != "filing-elsewhere" {
		t.Errorf("of an entry elsewhere: %s", got.raw)
	}
	if got := c.answered(7, &answer); got.code() != "unknown-filing-file" {
		t.Errorf("of no file: %s", got.raw)
	}
	if got := c.send("ops", "POST", "/v1/filing-files/1/answer", "", map[string]any{"content": []byte("H|1")}); got.code() != "bad-answer-file" {
		t.Errorf("no answer at all: %s", got.raw)
	}
	if got := c.send("ops", "POST", "/v1/filing-files/1/read", "", map[string]any{"reason": "no"}); got.status != 422 {
		t.Errorf("without a reason: %s", got.raw)
	}
	if got := c.send("ops", "POST", "/v1/filing-files/9/read", "", map[string]any{"reason": "to send it"}); got.code() != "unknown-filing-file" {
		t.Errorf("no such file: %s", got.raw)
	}
	c.taken(1)
	if err := c.vault.Destroy(2); err != nil {
		t.Fatal(err)
	}
	if got := c.send("ops", "POST", "/v1/filing-files/1/read", "", map[string]any{"reason": "to send it"}); got.code() != "lines-erased" {
		t.Errorf("after erasure: %s", got.raw)
	}
	if err := c.engine.Read(1, func(b *journal.Block) error {
		for _, text := range []string{person(1).Name, person(1).Number, person(1).Mobile, person(2).Name} {
			if strings.Contains(string(b.Body), text) {
				t.Errorf("block %d has a personal datum in clear", b.Height)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	without := open(t, 1000)
	without.must("maker", "POST", "/v1/clients", "k1", client(1))
	if got := without.send("ops", "POST", "/v1/filing-files", "", map[string]any{}); got.code() != "no-filings" {
		t.Errorf("without a code: %s", got.raw)
	}
	if got := without.send("ops", "POST", "/v1/comparisons", "", map[string]any{}); got.code() != "no-name-lists" {
		t.Errorf("without lists: %s", got.raw)
	}
}
