package node

import (
	"context"
	"sync"

	"sancun/api"
	"sancun/gateway/identity"
	person "sancun/identity"
	"sancun/record"
)

// register lets the door ask the identity register and the name lists. The police
// register is asked about every person, the four elements when there is a card, and
// the pictures that came. Organisations are in none of them: a rule that requires a
// check of them holds them for a person to look. The lists have both.
type register struct {
	provider identity.Register // nil when nobody is asked
	screen   func() *screen    // of now; nil without lists
}

var _ api.Register = (*register)(nil)

// Check implements api.Register: the questions go out together.
func (r *register) Check(ctx context.Context, s api.Subject) []api.Finding {
	var all []api.Finding
	if r.screen != nil {
		all = append(all, listedFinding(r.screen().check(s.Today, s.Name, s.Number)))
	}
	if r.provider == nil || !s.Kind.Person() {
		return all
	}
	return append(r.ask(ctx, &s), all...)
}

// ask asks the provider everything that can be asked.
func (r *register) ask(ctx context.Context, s *api.Subject) (all []api.Finding) {
	holder := identity.Holder{Serial: s.Serial, Name: s.Name, Kind: s.Kind, Number: s.Number}
	ask := [record.CheckCount]func() identity.Answer{
		record.CheckName: func() identity.Answer { return r.provider.CheckName(ctx, holder) },
	}
	if !s.Card.Empty() && !s.Mobile.Empty() {
		ask[record.CheckCard] = func() identity.Answer {
			return r.provider.CheckCard(ctx, identity.Card{Holder: holder, Card: s.Card, Mobile: s.Mobile})
		}
	}
	if len(s.Portrait) > 0 {
		ask[record.CheckFace] = func() identity.Answer {
			return r.provider.CompareFace(ctx, identity.Face{Holder: holder, Portrait: s.Portrait})
		}
	}
	if len(s.Image) > 0 {
		ask[record.CheckDocument] = func() identity.Answer { return r.read(ctx, s) }
	}
	var answers [record.CheckCount]identity.Answer
	var wait sync.WaitGroup
	for check, question := range ask {
		if question != nil {
			wait.Go(func() { answers[check] = question() })
		}
	}
	wait.Wait()
	for check := record.CheckName; check < record.CheckCount; check++ {
		if ask[check] != nil {
			all = append(all, finding(check, answers[check]))
		}
	}
	return all
}

// read has the picture read and compares what it says with what was typed.
func (r *register) read(ctx context.Context, s *api.Subject) identity.Answer {
	reading := r.provider.ReadDocument(ctx, identity.Picture{Serial: s.Serial, Image: s.Image})
	if reading.Outcome != identity.Agree {
		return reading.Answer
	}
	if person.Normalise(reading.Number.Plain()) != person.Normalise(s.Number.Plain()) || person.Normalise(reading.Name.Plain()) != person.Normalise(s.Name.Plain()) {
		reading.Outcome, reading.Reason = identity.Disagree, identity.PictureDiffers
	}
	return reading.Answer
}

// listedFinding adds what a person at the counter may say of a hit: not that there is
// one.
func listedFinding(r record.CheckResult) api.Finding {
	f := api.Finding{CheckResult: r}
	if r.Outcome == record.CheckDisagreed {
		f.English, f.Chinese = "The opening waits for a review by compliance.", "开户待合规部门审核。"
	}
	return f
}

// finding turns an answer into what the journal keeps. The numbers of outcomes are
// the same on both sides.
func finding(check uint8, a identity.Answer) api.Finding {
	f := api.Finding{
		CheckResult: record.CheckResult{Check: check, Outcome: uint8(a.Outcome), Reason: uint16(a.Reason), Serial: a.RegisterSerial},
		English:     a.Reason.English(), Chinese: a.Reason.Chinese(),
	}
	if a.Outcome == identity.Unknown {
		f.English, f.Chinese = "The register gave no answer; ask again later.", "登记机构未在时限内答复，请稍后重新核验。"
	}
	return f
}
