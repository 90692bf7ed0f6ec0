package api

import (
	"context"
	"encoding/hex"
	"time"

	"sancun/custody"
	"sancun/record"
	"sancun/state"
)

// Orphan is a record that a lost centre had answered and the journal in force never
// got: a case that two people work off.
type Orphan struct {
	Number  uint64         `json:"number"`
	Centre  string         `json:"centre" doc:"That answered it"`
	Height  uint64         `json:"parted_height" doc:"Block of the parted journal it stood in"`
	Index   uint32         `json:"parted_index"`
	Epoch   uint32         `json:"epoch"`
	Time    time.Time      `json:"time"`
	Act     string         `json:"act"`
	Content map[string]any `json:"content,omitempty" doc:"Its fields, when one orphan is asked for"`
	Caller  string         `json:"caller"`
	Key     string         `json:"key,omitempty" doc:"As the journal keeps the caller's key"`
	Asked   bool           `json:"asked_again" doc:"Its caller has asked again under the same key and was answered: doing it again would do it twice"`
	Again   bool           `json:"can_be_redone"`
	Answer  string         `json:"answer" doc:"What its caller was told"`
	Ref     uint64         `json:"ref,omitempty" doc:"What it had created"`
	Fund    uint64         `json:"fund,omitempty"`
	Bank    uint16         `json:"bank,omitempty"`
	Market  string         `json:"market,omitempty"`
	Cash    int64          `json:"cash" doc:"Minor units moved"`
	Shares  int64          `json:"shares"`
	State   string         `json:"state"`
	As      string         `json:"settled,omitempty"`
	Redone  uint64         `json:"redone,omitempty" doc:"What doing it again created"`
	Opened  time.Time      `json:"opened"`
	Closed  *time.Time     `json:"closed,omitempty"`
}

// OrphanAnswer is an orphan with its freshness.
type OrphanAnswer struct {
	Fresh
	Orphan
}

// OrphanList are orphans with what the open ones come to.
type OrphanList struct {
	Fresh
	Open   int      `json:"open"`
	Cash   int64    `json:"open_cash" doc:"Minor units, gross"`
	Shares int64    `json:"open_shares"`
	Rows   []Orphan `json:"rows"`
}

// SettleOrphans ends orphans.
type SettleOrphans struct {
	Orphans []uint64 `json:"orphans" minItems:"1" maxItems:"500" doc:"One alone to be redone"`
	As      string   `json:"as" enum:"redone,rejected,agreed,repeated" doc:"redone decides it again as its caller's; agreed was settled with the bank or exchange; repeated: its caller has asked again"`
	Reason  string   `json:"reason" minLength:"1" maxLength:"400"`
}

// EraseClient erases the personal data of a client who has left.
type EraseClient struct {
	Client uint64 `json:"client" minimum:"1" maximum:"999999999999"`
	Reason string `json:"reason" minLength:"1" maxLength:"400" doc:"The rule or request it rests on"`
}

// Orphans knows the commands of orphans, which the state names by hash alone.
type Orphans interface {
	// Command returns the command of an orphan as the journal has it, empty when it
	// is not kept.
	Command(ctx context.Context, o custody.Orphan) ([]byte, error)
}

var (
	orphanStateWords = []string{1: "open", "closed"}
	orphanEndWords   = []string{0: "", "redone", "rejected", "agreed", "repeated", "told-to-nobody"}
)

// orphanPage bounds the orphans of one answer.
const orphanPage = 1000

func orphanOf(m *custody.Machine, o *custody.Orphan) Orphan {
	one := Orphan{
		Number: o.Number, Centre: o.Name(), Height: o.Height, Index: o.Index, Epoch: o.Epoch, Time: time.Unix(0, o.Time).UTC(), Act: kindName(o.Act),
		Caller: callerName(o.Caller), Answer: o.Code.String(), Ref: o.Ref, Fund: o.Fund, Bank: o.Bank, Cash: int64(o.Cash), Shares: int64(o.Shares),
		State: word(orphanStateWords, o.State), As: word(orphanEndWords, o.As), Redone: o.Redone, Opened: time.Unix(0, o.Opened).UTC(), Again: m.CanRedo(o),
	}
	if o.Market != 0 {
		one.Market = word(marketWords, o.Market)
	}
	if o.Key != (state.Key{}) {
		one.Key = hex.EncodeToString(o.Key[:])
		_, one.Asked = m.Answer(o.Key)
	}
	if o.Closed != 0 {
		closed := time.Unix(0, o.Closed).UTC()
		one.Closed = &closed
	}
	return one
}

func (a *API) mountOrphans() {
	const tag = "House"
	hang(a, route{method: "GET", path: "/v1/orphans", summary: "What a lost centre had answered and this journal never got, never behind", tag: tag},
		func(ctx context.Context, _ *pass, in *struct {
			State string `query:"state" enum:"open,closed"`
			After uint64 `query:"after" doc:"Only those with a greater number"`
		}) (OrphanList, error) {
			l := OrphanList{Rows: []Orphan{}}
			err := a.config.Core.Look(ctx, func(m *custody.Machine) {
				all := m.Orphans()
				for i := range all {
					o := &all[i]
					if o.State == custody.OrphanOpen {
						l.Open, l.Cash, l.Shares = l.Open+1, l.Cash+int64(o.Cash), l.Shares+int64(o.Shares)
					}
					if o.Number > in.After && len(l.Rows) < orphanPage && (in.State == "" || word(orphanStateWords, o.State) == in.State) {
						l.Rows = append(l.Rows, orphanOf(m, o))
					}
				}
			})
			l.Fresh = a.now()
			return l, err
		})
	hang(a, route{method: "GET", path: "/v1/orphans/{orphan}", summary: "An orphan with its content, never behind", tag: tag},
		func(ctx context.Context, _ *pass, in *struct {
			Orphan uint64 `path:"orphan" minimum:"1"`
		}) (OrphanAnswer, error) {
			o, one, err := a.orphan(ctx, in.Orphan)
			if err != nil {
				return OrphanAnswer{}, err
			}
			payload, err := a.orphanCommand(ctx, o)
			one.Content = content(o.Act, payload)
			return OrphanAnswer{a.now(), one}, err
		})
}

func (a *API) orphan(ctx context.Context, number uint64) (o custody.Orphan, one Orphan, err error) {
	known := false
	err = a.config.Core.Look(ctx, func(m *custody.Machine) {
		if o, known = m.OrphanBy(number); known {
			one = orphanOf(m, &o)
		}
	})
	if err == nil && !known {
		err = codeProblem(record.UnknownOrphan, "")
	}
	return o, one, err
}

func (a *API) orphanCommand(ctx context.Context, o custody.Orphan) ([]byte, error) {
	if a.config.Orphans == nil {
		return nil, nil
	}
	return a.config.Orphans.Command(ctx, o)
}

// orphanActs lists the acts given about what lies beside the journal. An orphan
// that is done again is proposed with its own command.
func (a *API) orphanActs(ctx context.Context, n *NewProposal) (all []record.Command, err error) {
	if c := n.Erase; c != nil {
		all = append(all, &record.EraseClient{Client: c.Client, Reason: c.Reason})
	}
	c := n.Orphans
	if c == nil {
		return all, nil
	}
	act := &record.SettleOrphan{Orphans: c.Orphans, As: number(orphanEndWords, c.As), Reason: c.Reason}
	if act.As == record.OrphanRedone && len(c.Orphans) == 1 {
		o, _, err := a.orphan(ctx, c.Orphans[0])
		if err != nil {
			return nil, err
		}
		act.Act = o.Act
		if act.Payload, err = a.orphanCommand(ctx, o); err != nil {
			return nil, err
		}
	}
	return append(all, act), nil
}
