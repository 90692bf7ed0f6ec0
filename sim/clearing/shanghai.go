package clearing

import (
	"fmt"
	"iter"
	"strconv"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// Figures of the Shanghai files that do not depend on the trade.
const (
	methodAuction  = "001" // JYFS
	methodNet      = "001" // JSFS
	kindOrdinary   = "PT"  // ZQLB, all securities: kinds are not told apart
	freelyTradable = "0"   // LTLX
	bizAuction     = "100010"
	execTrade      = "F"
	ownerInvestor  = "1"
	statusPartial  = "1"
	statusFilled   = "2"
)

func hms(t calendar.TimeOfDay) string {
	s := int(t / calendar.Second)
	return fmt.Sprintf("%02d%02d%02d", s/3600, s/60%60, s%60)
}

// hmsFine is HHMMSSsssnnnn; the exchange knows no more than milliseconds here.
func hmsFine(t calendar.TimeOfDay) string {
	return hms(t) + fmt.Sprintf("%03d0000", int(t%calendar.Second))
}

func side(s market.Side, buy, sell string) string {
	if s == market.Sell {
		return sell
	}
	return buy
}

// ghRows are the trades as the exchange knows them: always true.
func (h *House) ghRows() (int, iter.Seq[csdc.GH]) {
	legs := h.day.legs[market.Shanghai]
	firm, date := h.receiver().Participant.Shanghai, h.day.csdcDate()
	return len(legs), func(yield func(csdc.GH) bool) {
		filled := map[string]money.Quantity{}
		for i := range legs {
			l := &legs[i]
			order := l.unit + "|" + l.clOrdID
			filled[order] += l.quantity
			status := statusFilled
			if filled[order] < l.ordered {
				status = statusPartial
			}
			// A price in 10^-4 times units, in 10^-5: bounded, see legAmountMax.
			value := csdc.FineAmount(int64(l.price) * int64(l.quantity) * 10)
			if !yield(csdc.GH{
				BizID: bizAuction, Security: l.security.Digits(), ExecType: execTrade, PBU: l.unit, ClOrdID: l.clOrdID,
				Account: l.account, OwnerType: ownerInvestor, OrderEntryTime: hmsFine(l.entered), LastPrice: l.price, LastQuantity: l.quantity,
				TradedValue: value, Side: side(l.side, "1", "2"), OrderQuantity: l.ordered, OrdStatus: status,
				ClearingFirm: firm, ExecID: l.exec, OrderID: l.orderID, TradeDate: date, TransactTime: hmsFine(l.at),
			}) {
				return
			}
		}
	}
}

func (h *House) receiver() *Member { return &h.members[h.config.Receiver] }

// cashAccount is the receiver's client account of a market and currency. It is
// there: config.check and owe have seen to it.
func (h *House) cashAccount(mk market.Market, currency money.Currency) string {
	if a := h.receiver().account(mk, currency, Client); a != nil {
		return a.No
	}
	return ""
}

// settlementNo numbers the rows of a file: the date and a serial.
func (d *day) settlementNo(serial int) string {
	return d.date.Compact() + fmt.Sprintf("%08d", serial)
}

// jsmxRows are the trades, then dividends that came today, then nets of earlier
// days that were settled today.
func (h *House) jsmxRows(p *picture) (int, iter.Seq[csdc.Jsmx]) {
	dividends, paid := h.dividends(market.Shanghai), h.paid(market.Shanghai)
	return len(p.legs) + len(dividends) + len(paid), func(yield func(csdc.Jsmx) bool) {
		serial := 0
		next := func(r csdc.Jsmx) bool {
			serial++
			r.Market, r.SettlementNo, r.ResultCode = csdc.MarketShanghai, h.day.settlementNo(serial), cmpOr(r.ResultCode, csdc.ResultOK)
			r.SettlementMember, r.UnitMember = h.receiver().Participant.Shanghai, h.receiver().Participant.Shanghai
			return yield(r)
		}
		for i := range p.legs {
			if !next(h.jsmxTrade(&p.legs[i])) {
				return
			}
		}
		for _, g := range dividends {
			if !next(h.jsmxDividend(g)) {
				return
			}
		}
		for _, s := range paid {
			if !next(h.jsmxPaid(s)) {
				return
			}
		}
	}
}

func cmpOr(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func (h *House) jsmxTrade(l *leg) csdc.Jsmx {
	return csdc.Jsmx{
		RecordKind: csdc.JsmxClearing, TradeMethod: methodAuction, SettleMethod: methodNet, Business: csdc.BusinessTrade,
		ClearingFlag: csdc.ClearingNet, TransferKind: csdc.TransferTrade, ExecNo: l.exec, RequestNo: l.clOrdID, OrderNo: l.orderID,
		TradeDate: h.day.csdcDate(), ClearingDate: h.day.csdcDate(), SettlementDate: h.settles(l),
		OrderTime: hms(l.entered), ExecTime: hms(l.at), Unit1: l.unit, Account: l.account, Security: l.security.Digits(),
		SecurityKind: kindOrdinary, Circulation: freelyTradable, Side: side(l.side, "B", "S"),
		Quantity: l.change(), TradedQuantity: l.quantity, CashAccount: h.cashAccount(market.Shanghai, l.currency), Currency: currencyCode(l.currency),
		Price1: finePrice(l.price), ClearingAmount: l.principal(), StampDuty: -l.fees.Stamp, HandlingFee: -l.fees.Handling,
		TransferFee: -l.fees.Transfer, RegulatoryFee: -l.fees.Regulatory, NetAmount: l.net(),
	}
}

// finePrice turns 10^-4 into 10^-9.
func finePrice(p money.Price) csdc.FinePrice { return csdc.FinePrice(p) * 100_000 }

// settles is the settlement date of a leg; its net has been given one.
func (h *House) settles(l *leg) csdc.Date {
	if n := h.day.nets[netKey{l.member, l.security.Market(), l.currency}]; n != nil {
		return csdcDate(n.Settles)
	}
	return ""
}

func (h *House) jsmxDividend(g grant) csdc.Jsmx {
	return csdc.Jsmx{
		RecordKind: csdc.JsmxResult, Business: csdc.BusinessEntitlement, RequestNo: g.event.No,
		ClearingDate: h.day.csdcDate(), SettlementDate: h.day.csdcDate(), OtherDate: csdcDate(g.event.Record), Unit1: g.unit, Account: g.account,
		Security: g.security.Digits(), SecurityKind: kindOrdinary, Circulation: freelyTradable, Entitlement: csdc.EntitlementDividend,
		TradedQuantity: g.held, CashAccount: h.cashAccount(market.Shanghai, g.currency), Currency: currencyCode(g.currency),
		Price1: finePrice(g.event.Cash), ClearingAmount: g.cash, NetAmount: g.cash, Note: csdc.NoteDividend + g.event.No,
	}
}

func (h *House) jsmxPaid(s Settlement) csdc.Jsmx {
	return csdc.Jsmx{
		RecordKind: csdc.JsmxResult, SettleMethod: methodNet, Business: csdc.BusinessNet, ClearingFlag: csdc.ClearingNet,
		TradeDate: csdcDate(s.Net.TradeDate), ClearingDate: csdcDate(s.Net.TradeDate), SettlementDate: h.day.csdcDate(),
		CashAccount: s.Account, Currency: currencyCode(s.Net.Currency), ClearingAmount: s.Amount, NetAmount: s.Amount,
		ResultCode: string(s.Code), Note: paidNote(s),
	}
}

// paidNote says where the money came from when not all was on the account.
func paidNote(s Settlement) string {
	if s.Code == CodeOK {
		return ""
	}
	return fmt.Sprintf("own %s short %s", s.FromOwn, s.Short)
}

// zqbdRows are the changes of positions, netted per account and security; what
// nets to nothing has no row.
func (h *House) zqbdRows(p *picture) (int, iter.Seq[csdc.Zqbd]) {
	return len(p.changes), func(yield func(csdc.Zqbd) bool) {
		for i, c := range p.changes {
			if !yield(csdc.Zqbd{
				Market: csdc.MarketShanghai, Member: h.receiver().Participant.Shanghai, Account: c.account, Unit: c.unit,
				Security: c.security.Digits(), SecurityKind: kindOrdinary, Circulation: freelyTradable, Entitlement: c.note,
				Change: c.quantity, ChangeKind: c.kind, ChangeDate: h.day.csdcDate(), Serial: strconv.Itoa(i + 1),
			}) {
				return
			}
		}
	}
}

// zqyeRows are all positions at the end of the day.
func (h *House) zqyeRows(p *picture) (int, iter.Seq[csdc.Zqye]) {
	return len(p.holdings), func(yield func(csdc.Zqye) bool) {
		for _, r := range p.holdings {
			if !yield(csdc.Zqye{
				Market: csdc.MarketShanghai, Member: h.receiver().Participant.Shanghai, Account: r.account, Unit: r.unit,
				Security: r.security.Digits(), SecurityKind: kindOrdinary, Circulation: freelyTradable, Holding: r.quantity, AsOf: h.day.csdcDate(),
			}) {
				return
			}
		}
	}
}

// zjhzRows are the sums behind jsmx, one row an account and business.
func (h *House) zjhzRows(p *picture) (int, iter.Seq[csdc.Zjhz]) {
	var rows []csdc.Zjhz
	add := func(r csdc.Zjhz) {
		r.Market, r.Member = csdc.MarketShanghai, h.receiver().Participant.Shanghai
		rows = append(rows, r)
	}
	today := h.day.csdcDate()
	for _, n := range p.nets {
		add(csdc.Zjhz{
			CashAccount: h.cashAccount(market.Shanghai, n.Currency), Currency: currencyCode(n.Currency), ClearingFlag: csdc.ClearingNet,
			Business: csdc.BusinessTrade, ClearingDate: today, SettlementDate: csdcDate(n.Settles), Records: money.Quantity(n.Legs),
			BuyAmount: -n.Bought, SellAmount: n.Sold, StampDuty: -n.Stamp, HandlingFee: -n.Handling, TransferFee: -n.Transfer,
			RegulatoryFee: -n.Regulatory, NetAmount: n.Amount,
		})
	}
	dividends := h.dividends(market.Shanghai)
	totals := dividendTotals(dividends)
	for _, c := range currencies {
		if total := totals[c]; total > 0 {
			add(csdc.Zjhz{
				CashAccount: h.cashAccount(market.Shanghai, c), Currency: currencyCode(c), Business: csdc.BusinessEntitlement, ClearingDate: today,
				SettlementDate: today, Records: countOf(dividends, c), OtherAmount: total, NetAmount: total,
			})
		}
	}
	for _, s := range h.paid(market.Shanghai) {
		add(csdc.Zjhz{
			CashAccount: s.Account, Currency: currencyCode(s.Net.Currency), ClearingFlag: csdc.ClearingNet, Business: csdc.BusinessNet,
			ClearingDate: csdcDate(s.Net.TradeDate), SettlementDate: today, Records: 1, OtherAmount: s.Amount, NetAmount: s.Amount, Note: paidNote(s),
		})
	}
	return len(rows), values(rows)
}

func countOf(grants []grant, c money.Currency) money.Quantity {
	n := money.Quantity(0)
	for _, g := range grants {
		if g.currency == c {
			n++
		}
	}
	return n
}
