package custody

import (
	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/risk"
	"sancun/state"
)

func (m *Machine) decideRisk(cmd record.Command) (record.Code, uint64) {
	switch c := cmd.(type) {
	case *record.ReviewOrder:
		return m.reviewOrder(c)
	case *record.SetRiskRule:
		return m.setRiskRule(c), 0
	case *record.List:
		return m.list(c), 0
	case *record.Unlist:
		return m.unlist(c), 0
	case *record.SetCeiling:
		return m.setCeiling(c), 0
	}
	return record.UnknownKind, 0
}

// judgement is what the risk rules say of one order: the gravest, and of equals the
// first.
type judgement struct {
	outcome risk.Outcome
	code    record.Code
	amount  money.Amount // price × quantity
}

func (j *judgement) add(o risk.Outcome, code record.Code) {
	if o > j.outcome {
		j.outcome, j.code = o, code
	}
}

// checkOrderRisk asks every rule (row K46). It costs a few comparisons and two
// look-ups, and adds the client's assets up only where concentration is watched.
func (m *Machine) checkOrderRisk(c *record.NewOrder, e *entry) record.Code {
	j := &e.risk
	var err error
	if j.amount, err = c.Price.Times(c.Quantity); err != nil {
		return record.OutOfRange
	}
	l := &m.rules.risk
	w := m.watch(e.fund)
	daily, err := w.Amount.Add(j.amount)
	if err != nil {
		return record.OutOfRange
	}
	m.judgeLists(j, e, c.Side)
	if !e.named { // what the house releases comes in one go
		j.add(l.Judge(risk.PerSecond, int64(w.InSecond)+1), record.RiskPerSecond)
	}
	j.add(l.Judge(risk.PerDay, int64(w.Orders)+int64(w.Cancels)+1), record.RiskPerDay)
	j.add(l.Judge(risk.SingleAmount, int64(j.amount)), record.RiskSingleAmount)
	j.add(l.Judge(risk.DailyAmount, int64(daily)), record.RiskDailyAmount)
	at := int64(e.at)
	j.add(l.Judge(risk.Early, at), record.RiskOffHours)
	j.add(l.Judge(risk.Late, at), record.RiskOffHours)
	if c.Side != Subscribe && l.Watches(risk.Deviation) {
		j.add(l.Judge(risk.Deviation, deviation(c.Price, e.instrument.value())), record.RiskDeviation)
	}
	if c.Side == Buy && l.Watches(risk.Concentration) {
		j.add(l.Judge(risk.Concentration, m.concentration(e, c.Quantity)), record.RiskConcentration)
	}
	if j.outcome == risk.Refuse {
		return j.code
	}
	return record.Accepted
}

// stateFor returns the state in which an order that passed its checks begins.
func (j *judgement) stateFor() uint8 {
	if j.outcome == risk.Hold {
		return OrderHeld
	}
	return OrderNew
}

// review returns the state of review in which it begins.
func (j *judgement) review() uint8 {
	if j.outcome == risk.Hold {
		return ReviewWaiting
	}
	return ReviewNone
}

// judgeLists asks the list about the client and the security.
func (m *Machine) judgeLists(j *judgement, e *entry, side uint8) {
	if m.listings.Len() == 0 {
		return
	}
	client := m.clients.At(m.funds.At(e.fund).Client).Number
	if row, ok := m.index.listings.Find(risk.Key(risk.ListedClient, client)); ok {
		j.add(m.listings.At(row).Judge(side), record.RiskClient)
	}
	if row, ok := m.index.listings.Find(risk.Key(risk.ListedSecurity, uint64(e.instrument.ID))); ok {
		j.add(m.listings.At(row).Judge(side), record.RiskSecurity)
	}
}

// watch returns what is counted of a fund account, as of now.
func (m *Machine) watch(fund uint32) risk.Watch {
	w := risk.Watch{Fund: fund}
	if row, ok := m.watchRow(fund); ok {
		w = *m.watches.At(row)
	}
	return w.At(m.today().Date, m.now/1_000_000_000)
}

func (m *Machine) watchRow(fund uint32) (uint32, bool) {
	if int(fund) >= len(m.index.watches) || m.index.watches[fund] == 0 {
		return 0, false
	}
	return m.index.watches[fund] - 1, true
}

func (m *Machine) keepWatch(w risk.Watch) {
	row, ok := m.watchRow(w.Fund)
	if !ok {
		row = m.watches.Len()
	}
	put(m, m.watches, row, w)
}

// countOrder counts an accepted order.
func (m *Machine) countOrder(e *entry) {
	w := m.watch(e.fund)
	if !e.named {
		w.InSecond++
	}
	w.Orders++
	w.Amount += e.risk.amount
	switch e.risk.outcome {
	case risk.Warn:
		w.Warned++
	case risk.Hold:
		w.Held++
	case risk.Pass, risk.Refuse:
	}
	if e.risk.outcome != risk.Pass {
		w.LastCode, w.LastAt = uint16(e.risk.code), m.now
	}
	m.keepWatch(w)
}

// checkCancelRisk refuses a cancel only for the second: the client can cancel in
// the next one. A limit of the day never keeps a client from taking an order back.
func (m *Machine) checkCancelRisk(fund uint32) record.Code {
	w := m.watch(fund)
	if m.rules.risk.Judge(risk.PerSecond, int64(w.InSecond)+1) == risk.Refuse {
		return record.RiskPerSecond
	}
	return record.Accepted
}

// countCancel counts a cancel that goes to the exchange.
func (m *Machine) countCancel(fund uint32) {
	w := m.watch(fund)
	w.InSecond++
	w.Cancels++
	m.keepWatch(w)
}

// value returns the price a security is valued at: the last, before there is one
// the previous close.
func (i *Instrument) value() money.Price {
	if i.Last > 0 {
		return i.Last
	}
	return i.PrevClose
}

// deviation returns how far a price is from the reference, as a proportion of it;
// 0 where there is no reference.
func deviation(price, reference money.Price) int64 {
	if reference <= 0 {
		return 0
	}
	return proportion(int64(max(price-reference, reference-price)), int64(reference))
}

// setRiskRule adds a limit. It begins today or later, so that what held on a date
// in the past never changes.
func (m *Machine) setRiskRule(c *record.SetRiskRule) record.Code {
	switch {
	case !risk.Valid(risk.Rule(c.Rule), risk.Outcome(c.Outcome), c.Limit):
		return record.BadRiskRule
	case c.Source == "":
		return record.ReasonMissing
	case c.From < m.today().Date || !calendar.Date(c.From).Valid():
		return record.WrongDate
	}
	s := risk.Setting{Rule: risk.Rule(c.Rule), Outcome: risk.Outcome(c.Outcome), From: c.From, Limit: c.Limit}
	copy(s.Source[:], c.Source)
	put(m, m.settings, m.settings.Len(), s)
	return record.Accepted
}

// list puts a client or security on the list, or changes its entry.
func (m *Machine) list(c *record.List) record.Code {
	switch {
	case c.Subject != risk.ListedClient && c.Subject != risk.ListedSecurity, c.Side > Sell,
		c.Outcome < uint8(risk.Warn) || c.Outcome > uint8(risk.Refuse):
		return record.BadRiskRule
	case c.Reason == "":
		return record.ReasonMissing
	case !m.listable(c.Subject, c.Number):
		return record.UnknownRow
	}
	l := risk.Listing{
		Subject: c.Subject, Number: c.Number, Outcome: risk.Outcome(c.Outcome), Side: c.Side, State: risk.OnList,
		From: m.today().Date, At: m.now,
	}
	copy(l.Reason[:], c.Reason)
	row, ok := m.index.listings.Find(risk.Key(c.Subject, c.Number))
	if !ok {
		row = m.listings.Len()
	}
	put(m, m.listings, row, l)
	return record.Accepted
}

// listable says whether what is to be listed exists.
func (m *Machine) listable(subject uint8, number uint64) bool {
	if subject == risk.ListedClient {
		_, ok := m.index.clients.Find(state.KeyOf(number, 0))
		return ok
	}
	_, ok := m.instrument(market.ID(number))
	return ok && number == uint64(uint32(number))
}

func (m *Machine) unlist(c *record.Unlist) record.Code {
	row, ok := m.index.listings.Find(risk.Key(c.Subject, c.Number))
	switch {
	case !ok || m.listings.At(row).State != risk.OnList:
		return record.NotListed
	case c.Reason == "":
		return record.ReasonMissing
	}
	l := *m.listings.At(row)
	l.State, l.From, l.At, l.Reason = risk.OffList, m.today().Date, m.now, [64]byte{}
	copy(l.Reason[:], c.Reason)
	put(m, m.listings, row, l)
	return record.Accepted
}
