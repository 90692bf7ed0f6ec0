package api_test

import (
	"fmt"
	"testing"

	"sancun/record"
)

// What the rules advise about a difference is proposed by one request an act and
// carried out by a second person, until nothing is left.
func TestAdvice(t *testing.T) {
	c := withClients(t, 1000)
	c.system(&record.OpenCase{Date: today, Type: record.CaseMissingHere, Subject: record.CaseTransfer, Bank: 1, Fund: 880001, Theirs: 4_200, TheirRef: "B77"})
	c.system(&record.OpenCase{Date: today, Type: record.CaseTotal, Subject: record.CaseCash, Bank: 1, Ours: 5, Theirs: 7, TheirRef: "total"})
	before := c.must("audit", "GET", "/v1/funds/880001/balance", "", nil)
	advice := func(want int) (rows []map[string]any) {
		t.Helper()
		for _, row := range c.must("audit", "GET", "/v1/advice", "", nil).body["rows"].([]any) {
			rows = append(rows, row.(map[string]any))
		}
		if len(rows) != want {
			t.Fatalf("%d open cases, want %d: %v", len(rows), want, rows)
		}
		return rows
	}
	act := func(row map[string]any) map[string]any {
		t.Helper()
		acts := row["acts"].([]any)
		if len(acts) != 1 {
			t.Fatalf("acts %v", acts)
		}
		return acts[0].(map[string]any)
	}
	if rows := advice(2); rows[0]["action"] != "book" || rows[0]["prevails"] != "bank" || act(rows[0])["act"] != "correct-transfer" || rows[1]["action"] == "book" || len(rows[1]["acts"].([]any)) != 0 {
		t.Errorf("advice %v", rows)
	}
	if got := c.send("maker", "POST", "/v1/cases/2/advised", "k0", nil); got.code() != "nothing-advised" {
		t.Errorf("a case that waits: %d %s", got.status, got.raw)
	}
	if got := c.send("maker", "POST", "/v1/cases/9/advised", "k9", nil); got.status != 404 {
		t.Errorf("no such case: %d %s", got.status, got.raw)
	}
	for _, step := range []string{"correct-transfer", "close-case"} {
		made := c.must("maker", "POST", "/v1/cases/1/advised", step, nil)
		if row := advice(2)[0]; act(row)["act"] != step || act(row)["proposal"] == nil {
			t.Errorf("proposed, and the advice is %v", row)
		}
		if got := c.send("maker", "POST", "/v1/cases/1/advised", "second-"+step, nil); got.code() != "nothing-advised" {
			t.Errorf("proposed twice: %d %s", got.status, got.raw)
		}
		if got := c.must("maker", "POST", "/v1/cases/1/advised", step, nil); got.number("ref") != made.number("ref") {
			t.Errorf("the same request again: %s", got.raw)
		}
		if got := c.send("maker", "POST", "/v1/cases/2/advised", step, nil); got.code() != "key-reused" {
			t.Errorf("the same key for another case: %d %s", got.status, got.raw)
		}
		c.fill()
		path := fmt.Sprintf("/v1/proposals/%d", made.number("ref"))
		read := c.must("checker", "GET", path, "", nil)
		c.must("checker", "POST", path+"/approve", "a"+step, map[string]any{"digest": read.body["digest"]})
	}
	if rows := advice(1); fmt.Sprint(rows[0]["case"]) != "2" {
		t.Errorf("left %v", rows)
	}
	after := c.must("audit", "GET", "/v1/funds/880001/balance", "", nil)
	if after.number("available")-before.number("available") != 4_200 {
		t.Errorf("the balance was %s and is %s", before.raw, after.raw)
	}
}
