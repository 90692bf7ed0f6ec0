package clearing

import (
	"iter"
	"slices"

	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// Figures of the Shenzhen files that do not depend on the trade.
const (
	dataDetail    = "01" // SJLX
	netAsAShares  = "A"  // JSFS
	classStock    = "00" // ZQLB and ZQZL, all securities: classes are not told apart
	natureFree    = "00" // GFXZ
	auctionMethod = "01" // JYFS
	settledYes    = "Y"
	settledNo     = "N"
)

func values[T any](rows []T) iter.Seq[T] { return slices.Values(rows) }

// szDetail is the common part of a row.
func (h *House) szDetail(currency money.Currency) csdc.SZDetail {
	today := h.day.csdcDate()
	return csdc.SZDetail{
		SettlementNo: h.receiver().Participant.Shenzhen, ReserveAccount: h.cashAccount(market.Shenzhen, currency), DataKind: dataDetail,
		Currency: currencyCode(currency), ClearingDate: today, SendDate: today, Market: csdc.MarketShenzhen,
	}
}

func (h *House) szTrade(l *leg, serial int) csdc.SZDetail {
	r := h.szDetail(l.currency)
	r.Business, r.Security, r.TradingUnit, r.CustodyUnit, r.Account = csdc.SZTrade, l.security.Digits(), l.unit, l.unit, l.account
	r.OrderNo, r.OrderNo2, r.ExecNo, r.BusinessSerial = l.clOrdID, l.orderID, l.exec, h.day.settlementNo(serial)
	r.TradedQuantity, r.ClearedQuantity, r.TradePrice, r.ClearingPrice = l.quantity, l.change(), l.price, finePrice(l.price)
	r.SecurityKind, r.SecuritySubkind, r.ShareNature, r.SettleMethod, r.TradeMethod = classStock, classStock, natureFree, netAsAShares, auctionMethod
	r.Principal, r.StampDuty, r.HandlingFee = l.principal(), -l.fees.Stamp, -l.fees.Handling
	r.RegulatoryFee, r.TransferFee, r.NetAmount = -l.fees.Regulatory, -l.fees.Transfer, l.net()
	r.TradeDate, r.SettlementDate = h.day.csdcDate(), h.settles(l)
	return r
}

// mxRows are the trades.
func (h *House) mxRows(p *picture) (int, iter.Seq[csdc.SJSMX1]) {
	return len(p.legs), func(yield func(csdc.SJSMX1) bool) {
		for i := range p.legs {
			if !yield(csdc.SJSMX1{SZDetail: h.szTrade(&p.legs[i], i+1)}) {
				return
			}
		}
	}
}

// jgRows are the trades again with what became of them (the units are settled,
// the cash will be on JGJSRQ), then entitlements, then nets of earlier days that
// were settled today.
func (h *House) jgRows(p *picture) (int, iter.Seq[csdc.SJSJG]) {
	dividends, bonuses, paid := h.dividends(market.Shenzhen), h.bonuses(market.Shenzhen), h.paid(market.Shenzhen)
	return len(p.legs) + len(dividends) + len(bonuses) + len(paid), func(yield func(csdc.SJSJG) bool) {
		serial := 0
		next := func(r csdc.SJSJG) bool {
			serial++
			r.BusinessSerial, r.Circulation = h.day.settlementNo(serial), freelyTradable
			r.Settled, r.Reason = cmpOr(r.Settled, settledYes), cmpOr(r.Reason, csdc.ResultOK)
			return yield(r)
		}
		for i := range p.legs {
			if !next(csdc.SJSJG{SZDetail: h.szTrade(&p.legs[i], 0), SettledQuantity: p.legs[i].change()}) {
				return
			}
		}
		for _, g := range dividends {
			r := csdc.SJSJG{SZDetail: h.szGrant(g, csdc.SZDividend)}
			r.CashAmount, r.NetAmount, r.ClearingPrice = g.cash, g.cash, finePrice(g.event.Cash)
			if !next(r) {
				return
			}
		}
		for _, g := range bonuses {
			r := csdc.SJSJG{SZDetail: h.szGrant(g, csdc.SZBonus), SettledQuantity: g.units}
			r.ClearedQuantity = g.units
			if !next(r) {
				return
			}
		}
		for _, s := range paid {
			if !next(h.jgPaid(s)) {
				return
			}
		}
	}
}

func (h *House) szGrant(g grant, business string) csdc.SZDetail {
	r := h.szDetail(g.currency)
	r.Business, r.Security, r.TradingUnit, r.CustodyUnit, r.Account = business, g.security.Digits(), g.unit, g.unit, g.account
	r.OrderNo, r.TradedQuantity, r.ShareNature = g.event.No, g.held, natureFree
	r.SettlementDate, r.OtherDate = h.day.csdcDate(), csdcDate(g.event.Record)
	return r
}

func (h *House) jgPaid(s Settlement) csdc.SJSJG {
	r := csdc.SJSJG{SZDetail: h.szDetail(s.Net.Currency), Reason: string(s.Code)}
	r.Business, r.SettleMethod, r.CashAmount, r.NetAmount, r.Note = csdc.SZNet, netAsAShares, s.Amount, s.Amount, paidNote(s)
	r.TradeDate, r.ClearingDate, r.SettlementDate = csdcDate(s.Net.TradeDate), csdcDate(s.Net.TradeDate), h.day.csdcDate()
	if s.Short > 0 {
		r.Settled = settledNo
	}
	return r
}

// qsRows are the sums behind SJSMX1 and SJSJG, one row an account and business.
// The security class of trades is blank: all classes are netted into one figure.
func (h *House) qsRows(p *picture) (int, iter.Seq[csdc.SJSQS]) {
	var rows []csdc.SJSQS
	today := h.day.csdcDate()
	add := func(currency money.Currency, r csdc.SJSQS) {
		r.SettlementNo, r.ReserveAccount = h.receiver().Participant.Shenzhen, h.cashAccount(market.Shenzhen, currency)
		r.DataKind, r.Currency, r.SendDate, r.Market = dataDetail, currencyCode(currency), today, csdc.MarketShenzhen
		rows = append(rows, r)
	}
	for _, n := range p.nets {
		add(n.Currency, csdc.SJSQS{
			Business: csdc.SZTrade, SettleMethod: netAsAShares, BuyAmount: -n.Bought, SellAmount: n.Sold, StampDuty: -n.Stamp,
			HandlingFee: -n.Handling, RegulatoryFee: -n.Regulatory, TransferFee: -n.Transfer, NetAmount: n.Amount,
			TradeDate: today, ClearingDate: today, SettlementDate: csdcDate(n.Settles),
		})
	}
	totals := dividendTotals(h.dividends(market.Shenzhen))
	for _, c := range currencies {
		if total := totals[c]; total > 0 {
			add(c, csdc.SJSQS{Business: csdc.SZDividend, SellAmount: total, NetAmount: total, ClearingDate: today, SettlementDate: today})
		}
	}
	for _, s := range h.paid(market.Shenzhen) {
		r := csdc.SJSQS{
			Business: csdc.SZNet, SettleMethod: netAsAShares, NetAmount: s.Amount, TradeDate: csdcDate(s.Net.TradeDate),
			ClearingDate: csdcDate(s.Net.TradeDate), SettlementDate: today,
		}
		if s.Amount > 0 {
			r.SellAmount = s.Amount
		} else {
			r.BuyAmount = s.Amount
		}
		add(s.Net.Currency, r)
	}
	return len(rows), values(rows)
}

// dzRows are all positions at the end of the day.
func (h *House) dzRows(p *picture) (int, iter.Seq[csdc.SJSDZ]) {
	return len(p.holdings), func(yield func(csdc.SJSDZ) bool) {
		for _, r := range p.holdings {
			if !yield(csdc.SJSDZ{
				CustodyUnit: r.unit, Security: r.security.Digits(), Account: r.account, ShareNature: natureFree, Circulation: freelyTradable,
				Holding: r.quantity, SendDate: h.day.csdcDate(),
			}) {
				return
			}
		}
	}
}
