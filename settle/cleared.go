package settle

import (
	"fmt"

	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// The rows of the clearing house, turned into one form. Its amounts are signed
// from our side, so a levy paid is negative there and positive here.

// securityOf reads a security's code.
func securityOf(m market.Market, digits string) (market.ID, error) {
	if len(digits) > 6 { // Shenzhen's column is wider than a code
		return 0, fmt.Errorf("security %q: %w", digits, market.ErrID)
	}
	return market.ParseID(fmt.Sprintf("%06s.%s", digits, m))
}

// currencyOf reads a currency as the files name it.
func currencyOf(code string) (money.Currency, error) {
	if code == "RMB" {
		return money.CNY, nil
	}
	return money.ParseCurrency(code)
}

// dateOf reads a date, zero when blank.
func dateOf(d csdc.Date) (date uint32) {
	for _, c := range []byte(d) {
		date = date*10 + uint32(c-'0')
	}
	return date
}

const (
	sideBuy  = uint8(market.Buy)
	sideSell = uint8(market.Sell)
)

func magnitude(q money.Quantity) money.Quantity { return max(q, -q) }

// shanghai takes a row of jsmx: a trade, a dividend or the paid net of an earlier
// day. Other businesses are not available yet and are refused, because leaving
// money out in silence would be worse than stopping.
func (c *cleared) shanghai(x *csdc.Jsmx, file uint8, line int) error {
	switch x.Business {
	case csdc.BusinessTrade:
		return c.shanghaiTrade(x, file, line)
	case csdc.BusinessEntitlement:
		return c.grantOf(market.Shanghai, x.Account, x.Security, x.RequestNo, x.NetAmount, 0, c.files[file].Name, line)
	case csdc.BusinessNet:
		return nil // zjhz has it with its account
	}
	return fmt.Errorf("row %d: business %q is not available yet", line, x.Business)
}

func (c *cleared) shanghaiTrade(x *csdc.Jsmx, file uint8, line int) error {
	id, err := securityOf(market.Shanghai, x.Security)
	if err != nil {
		return err
	}
	currency, err := currencyOf(x.Currency)
	if err != nil {
		return err
	}
	t := clearedTrade{
		exec: execKey(x.ExecNo), account: accountKey{market.Shanghai, x.Account}, id: id, side: sideBuy, file: file, line: int32(line),
		quantity: magnitude(x.TradedQuantity), principal: x.ClearingAmount, net: x.NetAmount, unit: x.Unit1, cash: x.CashAccount, currency: currency,
		levies: market.Fees{Stamp: -x.StampDuty, Handling: -x.HandlingFee, Transfer: -x.TransferFee, Regulatory: -x.RegulatoryFee},
	}
	if x.Side == "S" {
		t.side = sideSell
	}
	return c.trade(&t)
}

// shenzhen takes a row of SJSMX1: trades only.
func (c *cleared) shenzhen(x *csdc.SZDetail, file uint8, line int) error {
	if x.Business != csdc.SZTrade {
		return fmt.Errorf("row %d: business %q is not available yet", line, x.Business)
	}
	id, err := securityOf(market.Shenzhen, x.Security)
	if err != nil {
		return err
	}
	currency, err := currencyOf(x.Currency)
	if err != nil {
		return err
	}
	t := clearedTrade{
		exec: execKey(x.ExecNo), account: accountKey{market.Shenzhen, x.Account}, id: id, side: sideBuy, file: file, line: int32(line),
		quantity: magnitude(x.TradedQuantity), principal: x.Principal, net: x.NetAmount, unit: x.TradingUnit, cash: x.ReserveAccount, currency: currency,
		levies: market.Fees{Stamp: -x.StampDuty, Handling: -x.HandlingFee, Transfer: -x.TransferFee, Regulatory: -x.RegulatoryFee},
	}
	if x.Principal > 0 || x.Principal == 0 && x.ClearedQuantity < 0 {
		t.side = sideSell
	}
	return c.trade(&t)
}

// trade keeps a trade. What its net has beside principal and levies is other.
func (c *cleared) trade(t *clearedTrade) error {
	total, err := sum(t.levies.Stamp, t.levies.Handling, t.levies.Transfer, t.levies.Regulatory)
	if err != nil {
		return err
	}
	t.levies.Total = total
	if t.other, err = sum(t.net, -t.principal, total); err != nil {
		return err
	}
	c.trades = append(c.trades, *t)
	return nil
}

// sum adds amounts up with a check.
func sum(amounts ...money.Amount) (total money.Amount, err error) {
	for _, a := range amounts {
		if total, err = total.Add(a); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// changed takes a row of zqbd: units that an entitlement brought. Those of trades
// stand in jsmx.
func (c *cleared) changed(x *csdc.Zqbd, name string, line int) error {
	if x.ChangeKind != csdc.TransferEntitlement {
		return nil
	}
	return c.grantOf(market.Shanghai, x.Account, x.Security, "", 0, x.Change, name, line)
}

// result takes a row of SJSJG: entitlements. Its trades are SJSMX1's again, and
// paid nets stand in SJSQS.
func (c *cleared) result(x *csdc.SJSJG, name string, line int) error {
	switch x.Business {
	case csdc.SZTrade, csdc.SZNet:
		return nil
	case csdc.SZDividend:
		return c.grantOf(market.Shenzhen, x.Account, x.Security, x.OrderNo, x.NetAmount, 0, name, line)
	case csdc.SZBonus:
		return c.grantOf(market.Shenzhen, x.Account, x.Security, x.OrderNo, 0, x.SettledQuantity, name, line)
	}
	return fmt.Errorf("row %d: business %q is not available yet", line, x.Business)
}

func (c *cleared) grantOf(m market.Market, account, security, event string, cash money.Amount, units money.Quantity, name string, line int) error {
	id, err := securityOf(m, security)
	if err != nil {
		return err
	}
	c.grants = append(c.grants, grant{account: accountKey{m, account}, id: id, event: event, cash: cash, units: units, file: name, line: line})
	return nil
}

func (c *cleared) holding(m market.Market, account, security string, units money.Quantity, name string, line int) error {
	id, err := securityOf(m, security)
	if err != nil {
		return err
	}
	c.holdings = append(c.holdings, clearedHolding{accountKey{m, account}, id, units, name, line})
	return nil
}

func (c *cleared) shanghaiTotal(x *csdc.Zjhz, name string, line int) error {
	currency, err := currencyOf(x.Currency)
	if err != nil {
		return err
	}
	t := clearedTotal{market.Shanghai, x.CashAccount, currency, dateOf(x.ClearingDate), x.NetAmount, name, line}
	switch x.Business {
	case csdc.BusinessTrade:
		c.totals = append(c.totals, t)
	case csdc.BusinessNet:
		c.paid = append(c.paid, t)
	}
	return nil
}

func (c *cleared) shenzhenTotal(x *csdc.SJSQS, name string, line int) error {
	currency, err := currencyOf(x.Currency)
	if err != nil {
		return err
	}
	t := clearedTotal{market.Shenzhen, x.ReserveAccount, currency, dateOf(x.TradeDate), x.NetAmount, name, line}
	switch x.Business {
	case csdc.SZTrade:
		c.totals = append(c.totals, t)
	case csdc.SZNet:
		c.paid = append(c.paid, t)
	}
	return nil
}
