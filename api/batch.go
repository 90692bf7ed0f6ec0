package api

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Batch is up to 1,000 deposits, orders and cancels, each decided by itself.
type Batch struct {
	Items []BatchItem `json:"items" minItems:"1" maxItems:"1000"`
}

// BatchItem is one of a batch: exactly one of its fields is given.
type BatchItem struct {
	Deposit *NewDeposit `json:"deposit,omitempty"`
	Order   *NewOrder   `json:"order,omitempty"`
	Cancel  *NewCancel  `json:"cancel,omitempty"`
}

// NewCancel cancels what is left of an order.
type NewCancel struct {
	Order uint64 `json:"order" minimum:"1"`
	Fund  uint64 `json:"fund" minimum:"1" maximum:"99999999999999"`
}

// BatchOutcome are the outcomes of a batch in the order of its items.
type BatchOutcome struct {
	Height   uint64        `json:"height" doc:"Block of the last item"`
	Accepted int           `json:"accepted" doc:"How many were accepted"`
	Items    []ItemOutcome `json:"items"`
}

// ItemOutcome is the outcome of one item.
type ItemOutcome struct {
	Code   string `json:"code" doc:"accepted, or the name of the rejection; GET /v1/rejections has the sentences" example:"accepted"`
	Number uint16 `json:"number,omitempty" doc:"Number of the rejection"`
	Ref    uint64 `json:"ref,omitempty"`
	Date   uint32 `json:"date,omitempty" doc:"Of an order: the trading day it is for"`
}

// The compact form of a batch (docs/api.md): little-endian, items of one size.
const (
	batchMedia  = "application/vnd.sancun.batch"
	batchMagic  = "SCQ1"
	answerMagic = "SCA1"
	batchHead   = 8  // magic, count u32
	itemBytes   = 48 // kind u8, side u8, category u8, type u8, instrument u32, fund u64, a i64, b i64, date u32, 12 zeros
	answerHead  = 16 // magic, count u32, height u64
	answerItem  = 16 // code u16, two zeros, date u32, ref u64

	itemDeposit uint8 = 1 // a amount
	itemOrder   uint8 = 2 // a price, b quantity, date the trading day it must be for, 0 for none
	itemCancel  uint8 = 3 // a order
)

func (a *API) mountBatch() {
	a.hangRaw(route{
		method: "POST", path: "/v1/batch", summary: "Up to 1,000 deposits, orders and cancels", tag: "Orders", status: 200,
		about: "Each is decided by itself, in their order; the answer has one outcome for each. Item n has the key of the batch with /n behind it, so a repeated batch gives the same outcomes. " +
			"The compact form " + batchMedia + " is described in docs/api.md.",
	}, func(o *huma.Operation) {
		describe[Batch, BatchOutcome](a, o)
		compact := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		o.RequestBody.Content[batchMedia] = compact
		o.Responses["200"].Content[batchMedia] = compact
	}, a.batch)
}

func (a *API) batch(w http.ResponseWriter, r *http.Request, p *pass) error {
	k := Keyed{Key: r.Header.Get("Idempotency-Key")}
	if err := k.check(true); err != nil {
		return err
	}
	compact := mediaType(r.Header.Get("Content-Type")) == batchMedia
	var requests []record.Request
	var err error
	if compact {
		requests, err = readCompact(w, r, p)
	} else {
		requests, err = readBatch(w, r, p)
	}
	if err == nil {
		err = a.ownItems(r.Context(), p, requests)
	}
	if err != nil {
		return err
	}
	caller := p.caller()
	for i := range requests {
		requests[i].Caller = caller
		requests[i].Key = record.KeyFor(caller, k.Key+"/"+strconv.Itoa(i))
	}
	answers, err := a.config.Core.Submit(r.Context(), requests...)
	if err != nil {
		return err
	}
	dates := a.itemDates(r.Context(), requests, answers)
	if compact {
		return writeCompact(w, answers, dates)
	}
	return writeJSON(w, http.StatusOK, batchOutcome(answers, dates))
}

// itemDates returns the trading days of the orders of a batch that were accepted.
func (a *API) itemDates(ctx context.Context, requests []record.Request, answers []state.Answer) []uint32 {
	orders, any := make([]uint64, len(answers)), false
	for i, s := range answers {
		switch requests[i].Cmd.(type) {
		case *record.NewOrder, *record.DatedOrder:
			if s.Code == uint16(record.Accepted) {
				orders[i], any = s.Ref, true
			}
		}
	}
	if !any {
		return make([]uint32, len(answers))
	}
	return a.tradeDates(ctx, orders)
}

func batchOutcome(answers []state.Answer, dates []uint32) BatchOutcome {
	out := BatchOutcome{Items: make([]ItemOutcome, len(answers))}
	for i, s := range answers {
		out.Height = max(out.Height, s.Height)
		out.Items[i] = ItemOutcome{Code: record.Code(s.Code).String(), Number: s.Code, Ref: s.Ref, Date: dates[i]}
		if s.Code == uint16(record.Accepted) {
			out.Accepted++
		}
	}
	return out
}

// readBatch reads the JSON form.
func readBatch(w http.ResponseWriter, r *http.Request, p *pass) ([]record.Request, error) {
	var b Batch
	if err := decodeBody(w, r, batchBodyMax, &b); err != nil {
		return nil, err
	}
	if len(b.Items) == 0 || len(b.Items) > batchMax {
		return nil, fieldProblem("body.items", "a batch has 1 to 1,000 items", "一批须有1至1000项")
	}
	requests := make([]record.Request, len(b.Items))
	for i := range b.Items {
		item := &b.Items[i]
		location := func() string { return "body.items[" + strconv.Itoa(i) + "]" }
		switch {
		case item.Deposit != nil && item.Order == nil && item.Cancel == nil:
			if item.Deposit.Amount <= 0 {
				return nil, badAmount(location() + ".deposit.amount")
			}
			requests[i].Cmd = &record.AskDeposit{Fund: item.Deposit.Fund, Amount: amount(item.Deposit.Amount), Channel: p.channel}
		case item.Order != nil && item.Deposit == nil && item.Cancel == nil:
			cmd, wrong := item.Order.command(p, "order")
			if wrong != nil {
				wrong.Fields[0].Location = location() + "." + wrong.Fields[0].Location
				return nil, wrong
			}
			requests[i].Cmd = cmd
		case item.Cancel != nil && item.Deposit == nil && item.Order == nil:
			requests[i].Cmd = &record.CancelOrder{Order: item.Cancel.Order, Fund: item.Cancel.Fund}
		default:
			return nil, fieldProblem(location(), "an item is one of deposit, order and cancel", "每项须为deposit、order或cancel之一")
		}
	}
	return requests, nil
}

// readCompact reads the compact form.
func readCompact(w http.ResponseWriter, r *http.Request, p *pass) ([]record.Request, error) {
	const most = batchHead + batchMax*itemBytes
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		return nil, tooLarge.problem("")
	}
	requests, err := decodeCompact(body, p.channel)
	if err != nil {
		return nil, badBatch.problem(err.Error())
	}
	return requests, nil
}

// decodeCompact reads the items of the compact form: what it takes, and nothing
// else, is written by the same rules again.
func decodeCompact(body []byte, channel uint8) ([]record.Request, error) {
	if len(body) < batchHead || string(body[:4]) != batchMagic {
		return nil, fmt.Errorf("a batch begins with %s", batchMagic)
	}
	le := binary.LittleEndian
	n := le.Uint32(body[4:])
	if n == 0 || n > batchMax || len(body) != batchHead+int(n)*itemBytes {
		return nil, fmt.Errorf("%d items in %d bytes: a batch has 1 to %d items of %d bytes", n, len(body), batchMax, itemBytes)
	}
	requests := make([]record.Request, n)
	for i := range requests {
		b := body[batchHead+i*itemBytes:][:itemBytes]
		if [12]byte(b[36:48]) != [12]byte{} {
			return nil, fmt.Errorf("item %d: the last 12 bytes are zero", i)
		}
		date := le.Uint32(b[32:])
		instrument, fund, x, y := le.Uint32(b[4:]), le.Uint64(b[8:]), int64(le.Uint64(b[16:])), int64(le.Uint64(b[24:]))
		plain := b[1] == 0 && b[2] == 0 && b[3] == 0 && instrument == 0 && y == 0 && date == 0
		switch kind := b[0]; {
		case kind == itemDeposit && plain && x > 0:
			requests[i].Cmd = &record.AskDeposit{Fund: fund, Amount: money.Amount(x), Channel: channel}
		case kind == itemCancel && plain && x > 0:
			requests[i].Cmd = &record.CancelOrder{Order: uint64(x), Fund: fund}
		case kind == itemOrder && market.ID(instrument).Valid() && x > 0 && y > 0 && b[1] != 0 && b[2] != 0 && b[3] != 0:
			requests[i].Cmd = dated(record.NewOrder{
				Fund: fund, Instrument: instrument, Side: b[1], Category: b[2], Type: b[3], Channel: channel, Price: money.Price(x), Quantity: money.Quantity(y),
			}, date)
		default:
			return nil, fmt.Errorf("item %d of kind %d: a field is not as it must be", i, kind)
		}
	}
	return requests, nil
}

func writeCompact(w http.ResponseWriter, answers []state.Answer, dates []uint32) error {
	le := binary.LittleEndian
	out := append(make([]byte, 0, answerHead+len(answers)*answerItem), answerMagic...)
	out = le.AppendUint32(out, uint32(len(answers)))
	var height uint64
	for _, s := range answers {
		height = max(height, s.Height)
	}
	out = le.AppendUint64(out, height)
	for i, s := range answers {
		out = le.AppendUint16(out, s.Code)
		out = append(out, 0, 0)
		out = le.AppendUint32(out, dates[i])
		out = le.AppendUint64(out, s.Ref)
	}
	w.Header().Set("Content-Type", batchMedia)
	_, _ = w.Write(out) // the caller has gone if this fails
	return nil
}

// ownItems refuses a batch that touches an account that is not the investor's.
// Unknown owners are looked up together, in one visit to the machine.
func (a *API) ownItems(ctx context.Context, p *pass, requests []record.Request) error {
	if !p.may(investor) {
		return nil
	}
	var ask []uint64
	for i := range requests {
		fund := fundIn(requests[i].Cmd)
		if known, ok := a.owners.Load(fund); !ok {
			ask = append(ask, fund)
		} else if known.(uint64) != p.user.Client {
			return notThere.problem("item " + strconv.Itoa(i))
		}
	}
	if len(ask) == 0 {
		return nil
	}
	foreign := false
	err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		for _, number := range ask {
			f, _, ok := m.Fund(number)
			if !ok || m.ClientAt(f.Client).Number != p.user.Client {
				foreign = true
				continue
			}
			a.owners.Store(number, p.user.Client)
		}
	})
	if err == nil && foreign {
		err = notThere.problem("")
	}
	return err
}

// fundIn returns the fund account a command of a batch touches.
func fundIn(cmd record.Command) uint64 {
	switch c := cmd.(type) {
	case *record.AskDeposit:
		return c.Fund
	case *record.NewOrder:
		return c.Fund
	case *record.DatedOrder:
		return c.Fund
	case *record.CancelOrder:
		return c.Fund
	}
	return 0
}
