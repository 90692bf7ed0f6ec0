package approval

import (
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Need is how many people an act needs. Numbers are written to disk.
type Need uint8

// The needs.
const (
	Alone    Need = 1 // one person is enough
	People   Need = 2 // two when a person asks; the house's own programs act alone
	Everyone Need = 3 // two whoever asks
)

// Guard is what the house set of one act from a date on (row K55). Guards are only
// added; of one act the last that has begun holds.
type Guard struct {
	Act    record.Kind
	Need   Need
	From   uint32       // first business date it holds
	Above  money.Amount // only for greater amounts, in minor units; 0 always
	Source [40]byte
}

// TableGuards is the number of the table of what the house set.
const TableGuards uint16 = 24

const guardWidth = 64

// Encode writes the row.
func (g *Guard) Encode(dst []byte) { f := state.Writing(dst); g.walk(&f) }

// Decode reads the row.
func (g *Guard) Decode(src []byte) { f := state.Reading(src); g.walk(&f) }

func (g *Guard) walk(f *state.Fields) {
	f.U16((*uint16)(&g.Act))
	f.U8((*uint8)(&g.Need))
	f.U32(&g.From)
	state.I64(f, &g.Above)
	f.Bytes(g.Source[:])
}

// NewGuards returns the empty table of what the house set.
func NewGuards() *state.Table[Guard, *Guard] { return state.NewTable[Guard](TableGuards, guardWidth) }

// BuiltinGuard is a guard that comes with the program and holds from the
// beginning, until the house sets its own.
type BuiltinGuard struct {
	Act    record.Kind
	Need   Need
	Above  money.Amount
	Fixed  bool // the house may not loosen it
	Source string
}

const (
	booksRule  = "what moves money or rights past the ordinary flows needs two people (law L12)"
	rulesRule  = "rules that others are judged by are set by two people (law L9, L12)"
	clientRule = "counter business on identity, passwords, states and court orders: one makes, one checks (domain facts F.4, row K55)"
	houseRule  = "house rule until the house sets its own"

	// reversalAbove is from which amount on undoing a transfer needs two people: a
	// million yuan.
	reversalAbove money.Amount = 100_000_000
)

var builtin = []BuiltinGuard{
	{record.KindResolveTransfer, Everyone, 0, true, booksRule},
	{record.KindCorrectTransfer, Everyone, 0, true, booksRule},
	{record.KindUndoTransfer, Everyone, 0, true, booksRule},
	{record.KindCloseCase, Everyone, 0, true, booksRule},
	{record.KindWriteOff, Everyone, 0, true, booksRule},
	{record.KindSetRiskRule, Everyone, 0, true, rulesRule},
	{record.KindList, Everyone, 0, true, rulesRule},
	{record.KindUnlist, Everyone, 0, true, rulesRule},
	{record.KindSetCheckRule, Everyone, 0, true, rulesRule},
	{record.KindSetCeiling, Everyone, 0, true, rulesRule},
	{record.KindSetGuard, Everyone, 0, true, rulesRule},
	{record.KindReviewClient, Everyone, 0, true, clientRule},
	{record.KindAdoptFiles, Everyone, 0, true, booksRule},
	{record.KindSetProtection, Everyone, 0, true, rulesRule},
	{record.KindSettleOrphan, Everyone, 0, true, booksRule},
	{record.KindEraseClient, Everyone, 0, true, clientRule},
	{record.KindOpenDay, People, 0, true, booksRule},
	{record.KindStopDay, People, 0, true, booksRule},

	{record.KindChangeIdentity, People, 0, true, clientRule},
	{record.KindResetPassword, People, 0, true, clientRule},
	{record.KindSetFactor, People, 0, true, clientRule},
	{record.KindUnlockPassword, People, 0, false, clientRule},
	{record.KindChangeClientState, People, 0, false, clientRule},
	{record.KindChangeFundState, People, 0, false, clientRule},
	{record.KindPlaceFreeze, People, 0, false, clientRule},
	{record.KindReleaseFreeze, People, 0, true, clientRule},
	{record.KindDeductFrozen, People, 0, true, clientRule},
	{record.KindSignContracts, People, 0, false, clientRule},

	{record.KindSetBank, People, 0, false, rulesRule},
	{record.KindSetLimit, People, 0, false, rulesRule},
	{record.KindFundOwn, People, 0, true, booksRule},
	{record.KindAskRemittance, People, 0, true, booksRule},
	{record.KindTakeOver, People, 0, true, booksRule},
	{record.KindSecuritiesIn, People, 0, true, booksRule},
	{record.KindAskReversal, People, reversalAbove, false, houseRule},

	{record.KindGrantPermission, Alone, 0, false, houseRule},
	{record.KindRevokePermission, Alone, 0, false, houseRule},
	{record.KindSetInvestor, Alone, 0, false, houseRule},
	{record.KindSetCommission, Alone, 0, false, houseRule},
	{record.KindCloseClient, Alone, 0, false, houseRule},
	{record.KindSignContract, Alone, 0, false, houseRule},
	{record.KindChangeCard, Alone, 0, false, houseRule},
	{record.KindCancelRelation, Alone, 0, false, houseRule},
	{record.KindInternalTransfer, Alone, 0, false, houseRule},
}

// BuiltinGuards returns a copy of the guards that come with the program: they are
// all the acts that can be guarded.
func BuiltinGuards() []BuiltinGuard { return append([]BuiltinGuard(nil), builtin...) }

// guardsMax is one more than the highest kind that can be guarded.
const guardsMax = 400

// Guards are the guards in force on one date.
type Guards struct {
	at [guardsMax]held
}

type held struct {
	need  Need // 0: the act cannot be guarded
	above money.Amount
}

// On resolves the guards of a date: what the house set and has begun, otherwise
// what is built in. It is called when a day opens and when a guard is set.
func On(date uint32, house *state.Table[Guard, *Guard]) (g Guards) {
	for i := range builtin {
		b := &builtin[i]
		g.at[b.Act] = held{b.Need, b.Above}
	}
	var from [guardsMax]uint32
	for row := range house.Len() {
		if s := house.At(row); s.From <= date && s.From >= from[s.Act] {
			from[s.Act], g.at[s.Act] = s.From, held{s.Need, s.Above}
		}
	}
	return g
}

// Guardable says whether an act may be proposed at all.
func (g *Guards) Guardable(act record.Kind) bool { return act < guardsMax && g.at[act].need != 0 }

// Holds returns what holds of an act: 0 for one that cannot be guarded.
func (g *Guards) Holds(act record.Kind) (Need, money.Amount) {
	if act >= guardsMax {
		return 0, 0
	}
	return g.at[act].need, g.at[act].above
}

// Two says whether an act of an amount needs a second person when a caller asks.
func (g *Guards) Two(act record.Kind, caller record.Caller, amount money.Amount) bool {
	if act >= guardsMax {
		return false
	}
	h := g.at[act]
	switch {
	case h.need < People, h.need == People && !Person(caller):
		return false
	case h.above > 0 && amount <= h.above:
		return false
	}
	return true
}

// CheckGuard checks what the house wants to set: an act that can be guarded, and
// no loosening of one that is fixed.
func CheckGuard(act record.Kind, need Need, above money.Amount) record.Code {
	for i := range builtin {
		b := &builtin[i]
		if b.Act != act {
			continue
		}
		switch {
		case need < Alone || need > Everyone || above < 0:
			return record.BadGuard
		case b.Fixed && (need < b.Need || above > b.Above):
			return record.GuardFixed
		}
		return record.Accepted
	}
	return record.BadGuard
}

// ActOf returns the act that an accepted approval carried out, for readers of the
// journal: the record holds the payload, and its effects the proposal's row. Of an
// orphan that was done again it is what was done.
func ActOf(v record.View) (act record.Command, ok bool) {
	act, ok = approvedAct(v)
	if settle, again := act.(*record.SettleOrphan); again && settle.As == record.OrphanRedone {
		return settle.Redone()
	}
	return act, ok
}

// approvedAct is the act of the proposal itself.
func approvedAct(v record.View) (act record.Command, ok bool) {
	if v.Kind != record.KindApprove || v.Code != record.Accepted {
		return nil, false
	}
	cmd, err := v.Cmd()
	if err != nil {
		return nil, false
	}
	approve := cmd.(*record.Approve)
	err = v.EachEffect(func(e record.Effect) error {
		if e.Kind != record.EffectPut || e.Code != Table || len(e.Bytes) != width {
			return nil
		}
		var p Proposal
		if p.Decode(e.Bytes); p.ID == approve.Proposal {
			act, ok = record.New(p.Act)
		}
		return nil
	})
	if err != nil || !ok || !record.Decode(approve.Payload, act) {
		return nil, false
	}
	return act, true
}
