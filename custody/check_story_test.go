package custody

import (
	"strconv"
	"strings"
	"testing"

	"sancun/record"
	"sancun/state"
)

var storyChecks = map[string]uint8{
	"name": record.CheckName, "face": record.CheckFace, "document": record.CheckDocument, "card": record.CheckCard, "list": record.CheckList,
}

var storyOutcomes = map[string]uint8{
	"agrees": record.CheckAgreed, "disagrees": record.CheckDisagreed, "refused": record.CheckRefused, "silent": record.CheckUnknown,
}

// checking builds the commands of checks. Each check is a word with its outcome,
// such as name=agrees.
func (s *clientStory) checking(cmd string, w words, staff record.Caller) (record.Command, record.Caller) {
	client := w.number("client", 1)
	switch cmd {
	case "checked":
		c := &record.ClientsChecked{}
		for i := range w.number("count", 1) {
			d := record.CheckData{Client: client + i, ID: w.key("id", state.KeyOf(client+i, 0x1d)), Name: w.key("as", nameOf(client+i))}
			for _, name := range []string{"name", "face", "document", "card", "list", "other"} {
				if outcome, ok := w[name]; ok {
					r := record.CheckResult{Check: storyChecks[name], Outcome: storyOutcomes[outcome], Serial: w.text("serial", "R1")}
					if name == "list" {
						r.Entry = w.key("entry", state.Key{})
					}
					d.Results = append(d.Results, r)
				}
			}
			c.Rows = append(c.Rows, d)
		}
		return c, staff
	case "check-rule":
		var required uint8
		for _, name := range strings.Fields(w["needs"]) {
			required |= 1 << storyChecks[name]
		}
		return &record.SetCheckRule{
			Class: uint8(w.number("class", 1)), Required: required | uint8(w.number("bits", 0)), Days: uint16(w.number("days", 0)),
			From: uint32(w.number("from", uint64(s.live.today().Date))), Source: w.text("source", "house"),
		}, staff
	case "set-factor":
		return &record.SetFactor{Client: client, PasswordOK: 1 - w.flag("wrong"), Verified: 1 - w.flag("unverified"), Sealed: make([]byte, w.number("sealed", 60))}, record.CallerOf(record.CallerClient, client)
	case "code":
		off, err := strconv.Atoi(w.text("off", "0"))
		if err != nil {
			panic(err)
		}
		return &record.FactorUsed{Step: uint64(int64((s.now+beat)/factorStep) + int64(off))}, record.CallerOf(record.CallerClient, client)
	case "guard":
		return s.guarding(w), staff
	case "review":
		return &record.ReviewClient{Client: client, Release: uint8(w.number("release", 1)), Reference: w.text("reference", "memo 7")}, staff
	}
	return s.complying(cmd, w, staff)
}

// The outcomes of a check lie where the interface says, and another person's name
// on the same document begins anew.
func TestCheckIsKept(t *testing.T) {
	r := newRun(t)
	withClients(t, r, 0)
	data := record.CheckData{Client: 7, ID: state.KeyOf(7, 1), Name: state.KeyOf(7, 2), Results: []record.CheckResult{
		{Check: record.CheckName, Outcome: record.CheckAgreed, Serial: "R1"}, {Check: record.CheckFace, Outcome: record.CheckDisagreed, Reason: 202},
	}}
	r.must(maker, &record.ClientsChecked{Rows: []record.CheckData{data}})
	c, ok := r.live.CheckOf(data.ID)
	if !ok || c.Client != 7 || c.Date != testDate || c.At != r.now || c.Outcomes != [8]uint8{1: 1, 2: 2} || c.Reasons != [8]uint16{2: 202} {
		t.Errorf("kept %+v", c)
	}
	data.Results = []record.CheckResult{{Check: record.CheckFace, Outcome: record.CheckAgreed}}
	r.must(maker, &record.ClientsChecked{Rows: []record.CheckData{data}})
	if c, _ := r.live.CheckOf(data.ID); c.Outcomes != [8]uint8{1: 1, 2: 1} || c.Reasons != [8]uint16{} {
		t.Errorf("asked again: %+v", c)
	}
	data.Name = state.KeyOf(7, 3)
	r.must(maker, &record.ClientsChecked{Rows: []record.CheckData{data}})
	if c, _ := r.live.CheckOf(data.ID); c.Outcomes != [8]uint8{2: 1} {
		t.Errorf("under another name: %+v", c)
	}
}
