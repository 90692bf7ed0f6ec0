package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"testing"

	"github.com/emmansun/gmsm/sm3"
	"pgregory.net/rapid"

	"sancun/record"
	"sancun/state"
)

// kinds lists every kind there is.
var kinds = []Kind{
	ClientCash, Pooled, ClientReserve, InSettlement, Suspense, InterestDue, FeesDue,
	OwnBank, FeeIncome, InterestKept, Rounding, OwnLoss, OwnEquity, Position, Custody, General, GeneralWorld,
}

// books drives a ledger with postings that its caller has checked, as custody
// does, and keeps the records.
type books struct {
	t      *rapid.T
	live   *Ledger
	out    record.Builder
	bodies [][]byte
	forced bool // some account may be below zero
}

func newBooks(t *rapid.T) *books {
	b := &books{t: t}
	b.live = New(&b.out)
	return b
}

// block runs one step as a record of its own.
func (b *books) block(step func()) {
	b.out.Reset(nil)
	b.out.Begin(0, state.Key{}, &record.LedgerTransfer{})
	step()
	b.out.End(record.Accepted, 0)
	b.bodies = append(b.bodies, b.out.Body())
}

func (b *books) open() {
	k := Key{
		Kind: rapid.SampledFrom(kinds).Draw(b.t, "kind"), Bank: rapid.Uint16Range(0, 2).Draw(b.t, "bank"),
		Unit: rapid.Uint32Range(1, 2).Draw(b.t, "unit"), Owner: rapid.Uint64Range(0, 2).Draw(b.t, "owner"),
	}
	known, ok := b.live.Find(k)
	before := b.live.Len()
	row := b.live.Ensure(k)
	if ok && (row != known || b.live.Len() != before) || !ok && (row != before || b.live.Len() != before+1) {
		b.t.Fatalf("account %+v: row %d of %d, known %v as %d", k, row, b.live.Len(), ok, known)
	}
}

func (b *books) row() uint32 { return rapid.Uint32Range(0, b.live.Len()-1).Draw(b.t, "row") }

// post posts between any two accounts that may meet, when the falling ones hold it.
func (b *books) post() {
	debit, credit := b.row(), b.row()
	amount := rapid.Int64Range(1, 1_000_000).Draw(b.t, "amount")
	code := CodeTransfer
	if rapid.IntRange(0, 30).Draw(b.t, "force") == 0 {
		code = CodeForced
	}
	d, c := b.live.At(debit), b.live.At(credit)
	dk, ck := KeyFrom(d.Key), KeyFrom(c.Key)
	dn, _ := natureOf(dk.Kind)
	cn, _ := natureOf(ck.Kind)
	short := !dn.debit && dn.bounded && d.Balance < amount || cn.debit && cn.bounded && c.Balance < amount
	switch {
	case debit == credit || dk.Unit != ck.Unit || dn.domain != cn.domain, short && code != CodeForced:
		return
	}
	b.forced = b.forced || short
	b.live.Post(code, debit, credit, amount)
}

func (b *books) shift() {
	row, bucket := b.row(), rapid.SampledFrom([]Bucket{HeldOrder, HeldTransfer, HeldOther, Payable, Receivable}).Draw(b.t, "bucket")
	a := b.live.At(row)
	delta := rapid.Int64Range(-a.In(bucket), 1_000).Draw(b.t, "delta")
	if bucket <= HeldOther && delta > a.Available() {
		return
	}
	b.live.Shift(bucket, row, delta)
}

// check is what holds after every record.
func (b *books) check() {
	type side struct {
		unit   uint32
		domain uint8
	}
	sums := map[side]int64{}
	for row := range b.live.Len() {
		a := b.live.At(row)
		k := KeyFrom(a.Key)
		n, _ := natureOf(k.Kind)
		if n.debit {
			sums[side{k.Unit, n.domain}] += a.Balance
		} else {
			sums[side{k.Unit, n.domain}] -= a.Balance
		}
		if n.bounded && a.Balance < 0 && !b.forced {
			b.t.Fatalf("account %+v has %d", k, a.Balance)
		}
		for i, v := range a.Buckets {
			if v < 0 {
				b.t.Fatalf("account %+v has %d in bucket %d", k, v, i+1)
			}
		}
	}
	for s, sum := range sums {
		if sum != 0 {
			b.t.Fatalf("unit %d of domain %d is out of balance by %d", s.unit, s.domain, sum)
		}
	}
}

// replay applies recorded bodies to a ledger.
func replay(t *rapid.T, l *Ledger, bodies [][]byte) {
	for _, body := range bodies {
		v, err := record.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		err = v.EachEffect(func(e record.Effect) error {
			if !l.Apply(e) {
				t.Fatalf("effect %+v is not the ledger's", e)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func rootOf(l *Ledger, sum state.Sum) state.Hash { return state.Root(sum, []state.Kept{l.Table()}) }

// Under any run of postings every unit balances in every domain, nothing bounded
// goes below zero unforced, no bucket is negative; and whoever replays the
// records, from the first or from a snapshot, has the same books.
func TestLaws(t *testing.T) {
	sums := []state.Sum{sha256.Sum256, sm3.Sum}
	rapid.Check(t, func(t *rapid.T) {
		sum := rapid.SampledFrom(sums).Draw(t, "hash")
		b := newBooks(t)
		steps := []func(){b.open, b.post, b.post, b.post, b.shift}
		b.block(b.open)
		run := rapid.SliceOfN(rapid.IntRange(0, len(steps)-1), 1, 150).Draw(t, "steps")
		half := rapid.IntRange(0, len(run)-1).Draw(t, "snapshot")
		var image bytes.Buffer
		for i, step := range run {
			b.block(steps[step])
			b.check()
			if i == half {
				rootOf(b.live, sum) // roots are kept up, whenever they are asked for
				if err := state.WriteTables(&image, []state.Kept{b.live.Table()}); err != nil {
					t.Fatal(err)
				}
			}
		}
		want := rootOf(b.live, sum)
		full := New(nil)
		replay(t, full, b.bodies)
		if got := rootOf(full, sum); got != want {
			t.Fatalf("replayed to %x, live %x", got, want)
		}
		tail := New(nil)
		if err := state.ReadTables(&image, []state.Kept{tail.Table()}); err != nil {
			t.Fatal(err)
		}
		tail.Reindex()
		replay(t, tail, b.bodies[half+2:])
		if got := rootOf(tail, sum); got != want {
			t.Fatalf("snapshot and tail lead to %x, live %x", got, want)
		}
		for row := range b.live.Len() {
			if at, ok := tail.Find(KeyFrom(b.live.At(row).Key)); !ok || at != row {
				t.Fatalf("account %d is found at %d after a snapshot", row, at)
			}
		}
	})
}

// The two hash functions see the same books and give different roots.
func TestHashesDiffer(t *testing.T) {
	l := New(&record.Builder{})
	l.Ensure(Key{Kind: General, Unit: 1})
	if rootOf(l, sha256.Sum256) == rootOf(l, sm3.Sum) {
		t.Error("SHA-256 and SM3 give one root")
	}
}

// A broken law is our own bug and stops the process at the posting that broke it.
func TestBrokenLawsStop(t *testing.T) {
	fresh := func() *Ledger {
		out := &record.Builder{}
		out.Begin(0, state.Key{}, &record.LedgerTransfer{})
		l := New(out)
		for _, k := range []Key{
			{Kind: ClientCash, Bank: 1, Unit: 1, Owner: 1}, // 0
			{Kind: Pooled, Bank: 1, Unit: 1},               // 1
			{Kind: Pooled, Bank: 1, Unit: 2},               // 2
			{Kind: OwnBank, Bank: 1, Unit: 1},              // 3
			{Kind: InSettlement, Bank: 1, Unit: 1},         // 4
			{Kind: Suspense, Bank: 1, Unit: 1},             // 5
		} {
			l.Ensure(k)
		}
		l.Post(CodeDeposit, 1, 0, 100)
		return l
	}
	for _, c := range []struct {
		name string
		do   func(l *Ledger)
	}{
		{"no amount", func(l *Ledger) { l.Post(CodeTransfer, 1, 0, 0) }},
		{"a negative amount", func(l *Ledger) { l.Post(CodeTransfer, 1, 0, -1) }},
		{"an account with itself", func(l *Ledger) { l.Post(CodeTransfer, 1, 1, 1) }},
		{"two units", func(l *Ledger) { l.Post(CodeTransfer, 2, 0, 1) }},
		{"client money and own money", func(l *Ledger) { l.Post(CodeTransfer, 3, 0, 1) }},
		{"a client below zero", func(l *Ledger) { l.Post(CodeWithdrawal, 0, 1, 101) }},
		{"a pool below zero", func(l *Ledger) { l.Post(CodeReserve, 4, 1, 101) }},
		{"beyond the largest number", func(l *Ledger) {
			l.Post(CodeClearingNet, 4, 5, math.MaxInt64)
			l.Post(CodeClearingNet, 4, 5, 1)
		}},
		{"beyond the smallest number", func(l *Ledger) {
			l.Post(CodeClearingNet, 4, 5, math.MaxInt64)
			l.Post(CodeClearingNet, 1, 5, 2)
		}},
		{"a negative hold", func(l *Ledger) { l.Shift(HeldOrder, 0, -1) }},
		{"a bucket that is none", func(l *Ledger) { l.Shift(6, 0, 1) }},
		{"a bucket of number zero", func(l *Ledger) { l.Shift(0, 0, 1) }},
		{"a kind that is none", func(l *Ledger) { l.Ensure(Key{Kind: 999}) }},
		{"a row left out", func(l *Ledger) { l.Apply(record.Effect{Kind: record.EffectOpen, Row: 9}) }},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was let through", c.name)
				}
			}()
			c.do(fresh())
		}()
	}
	l := fresh()
	l.Post(CodeForced, 0, 1, 101-1)
	l.Post(CodeForced, 0, 4, 7)
	if got := l.At(0).Balance; got != -7 {
		t.Errorf("a forced posting leaves %d, want -7", got)
	}
}

// hostile draws figures at every edge of their type.
func hostile(t *rapid.T, name string) int64 {
	return rapid.OneOf(rapid.SampledFrom([]int64{0, 1, -1, 99, math.MaxInt64, math.MinInt64, math.MaxInt64 / 2}), rapid.Int64Range(1, 500)).Draw(t, name)
}

// Commands of the plain ledger with any figures at all change only what they may,
// are rejected without effects, and never stop the process. A model with plain
// sums says what must have happened.
func TestPlainCommands(t *testing.T) {
	type model struct{ balance, held int64 }
	rapid.Check(t, func(t *rapid.T) {
		b := newBooks(t)
		var want []model
		row := func(name string) uint32 { return rapid.Uint32Range(0, 7).Draw(t, name) }
		decide := func(cmd func() record.Code) (code record.Code) {
			b.block(func() { code = cmd() })
			body := b.bodies[len(b.bodies)-1]
			bare := record.HeadBytes + int(binary.LittleEndian.Uint32(body[40:]))
			if code != record.Accepted && len(body) != bare {
				t.Fatalf("rejected with %s and %d bytes of effects", code, len(body)-bare)
			}
			return code
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "command") {
			case 0:
				c := record.LedgerOpen{AccountKind: uint16(rapid.SampledFrom([]Kind{General, General, GeneralWorld, ClientCash, 999}).Draw(t, "kind")), Unit: rapid.Uint32Range(1, 2).Draw(t, "unit"), Owner: uint64(row("owner"))}
				if decide(func() record.Code { code, _ := b.live.DecideOpen(&c); return code }) == record.Accepted {
					want = append(want, model{})
				}
			case 1:
				c := record.LedgerTransfer{Debit: row("debit"), Credit: row("credit"), Amount: hostile(t, "amount")}
				if decide(func() record.Code { return b.live.DecideTransfer(&c) }) == record.Accepted {
					move(b.live, c.Debit, c.Credit, c.Amount, func(row uint32, by int64) { want[row].balance += by })
				}
			case 2:
				c := record.LedgerHold{Account: row("account"), Amount: hostile(t, "amount")}
				if decide(func() record.Code { return b.live.DecideHold(&c) }) == record.Accepted {
					want[c.Account].held += c.Amount
				}
			case 3:
				c := record.LedgerSettle{From: row("from"), To: row("to"), Held: hostile(t, "held"), Amount: hostile(t, "amount")}
				if decide(func() record.Code { return b.live.DecideSettle(&c) }) == record.Accepted {
					want[c.From].held -= c.Held
					move(b.live, c.From, c.To, c.Amount, func(row uint32, by int64) { want[row].balance += by })
				}
			}
			b.check()
			for i, w := range want {
				a := b.live.At(uint32(i))
				n, _ := natureOf(KeyFrom(a.Key).Kind)
				if a.Balance != w.balance || a.Held() != w.held {
					t.Fatalf("account %d has %d held %d, the model %+v", i, a.Balance, a.Held(), w)
				}
				if n.bounded && a.Available() < 0 {
					t.Fatalf("account %d has %d available", i, a.Available())
				}
			}
		}
	})
}

// move says what a posting does to plain balances.
func move(l *Ledger, debit, credit uint32, amount int64, by func(uint32, int64)) {
	for _, s := range []struct {
		row  uint32
		grow bool
	}{{debit, KeyFrom(l.At(debit).Key).Kind == GeneralWorld}, {credit, KeyFrom(l.At(credit).Key).Kind == General}} {
		if s.grow {
			by(s.row, amount)
		} else {
			by(s.row, -amount)
		}
	}
}

// A settlement of nothing only releases the hold.
func TestSettleNothingReleases(t *testing.T) {
	out := &record.Builder{}
	out.Begin(0, state.Key{}, &record.LedgerTransfer{})
	l := New(out)
	l.Ensure(Key{Kind: GeneralWorld, Unit: 1})
	l.Ensure(Key{Kind: General, Unit: 1})
	l.Ensure(Key{Kind: General, Unit: 1, Owner: 1})
	l.Post(CodeTransfer, 0, 1, 100)
	for _, c := range []struct {
		name string
		got  record.Code
		want record.Code
	}{
		{"hold", l.DecideHold(&record.LedgerHold{Account: 1, Amount: 60}), record.Accepted},
		{"hold more than is left", l.DecideHold(&record.LedgerHold{Account: 1, Amount: 41}), record.Insufficient},
		{"transfer what is held", l.DecideTransfer(&record.LedgerTransfer{Debit: 1, Credit: 2, Amount: 41}), record.Insufficient},
		{"settle part", l.DecideSettle(&record.LedgerSettle{From: 1, To: 2, Held: 50, Amount: 20}), record.Accepted},
		{"settle more than is held", l.DecideSettle(&record.LedgerSettle{From: 1, To: 2, Held: 11, Amount: 1}), record.Insufficient},
		{"release the rest", l.DecideSettle(&record.LedgerSettle{From: 1, To: 2, Held: 10}), record.Accepted},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
	if a := l.At(1); a.Balance != 80 || a.Held() != 0 {
		t.Errorf("left with %d, held %d", a.Balance, a.Held())
	}
}
