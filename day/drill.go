package day

import (
	"context"
	"fmt"
	"iter"
	"strconv"

	"sancun/calendar"
	"sancun/custody"
	"sancun/identity"
	"sancun/market"
	"sancun/money"
	"sancun/node"
	"sancun/record"
	simbank "sancun/sim/bank"
	"sancun/sim/clearing"
	"sancun/sim/exchange"
	"sancun/vault"
	wire "sancun/wire/bank"
)

// Drill is the invented world in which simulators run alone, each in a process of
// its own: whoever is given the same four invents the same people, cards and
// accounts, which are those of the played day.
type Drill struct {
	Seed      uint64
	Date      calendar.Date // of their age, and of the market data
	Customers int
	Banks     int // customer n is at bank 1 + n mod Banks
}

// What the invented broker and its clients say at logons and counters. They stand
// in the documentation too: nobody is protected by them.
const (
	DrillBroker           = brokerCode
	DrillCompID           = compID
	DrillExchangePassword = password
	DrillCardPassword     = cardPassword
	DrillFundPassword     = fundPassword
)

// DrillOpening is what every customer brings: it is on the management account at
// the bank and on the fund account in the centre.
const DrillOpening money.Amount = 100_000_00

// Client returns customer n with their numbers in the centre.
func (d Drill) Client(n int) (person identity.Person, client, fund uint64, bank uint16) {
	v := d.investor(n, identity.NewPeople(d.Seed, identity.Day(d.Date)))
	return v.person, v.number, v.fund, v.bank
}

func (d Drill) investor(n int, people identity.People) investor {
	bank := uint16(1 + n%max(1, d.Banks))
	return investor{person: people.PersonOf(uint64(n), int(bank)), number: clientBase + uint64(n), fund: fundBase + uint64(n), bank: bank, wealth: 1, opened: DrillOpening}
}

func (d Drill) investors() []investor {
	people := identity.NewPeople(d.Seed, identity.Day(d.Date))
	all := make([]investor, d.Customers)
	for n := range all {
		all[n] = d.investor(n, people)
	}
	return all
}

// People are all customers, for an identity register.
func (d Drill) People() (count uint64, who func(n uint64) identity.Person) {
	people := identity.NewPeople(d.Seed, identity.Day(d.Date))
	return uint64(d.Customers), func(n uint64) identity.Person { return d.investor(int(n), people).person }
}

// BankCustomers are the customers of one bank, with their contracts.
func (d Drill) BankCustomers(bank uint16) []simbank.Customer {
	var all []simbank.Customer
	for _, v := range d.investors() {
		if v.bank == bank {
			all = append(all, simbank.Customer{
				Name: v.person.Name, Kind: wire.Person, IDKind: wire.IDCard, IDNumber: v.person.Number, Mobile: v.person.Mobile, Card: v.person.Card,
				Currency: money.CNY, Balance: bankCards * 100, Password: cardPassword, Fund: strconv.FormatUint(v.fund, 10), Managed: v.opened,
			})
		}
	}
	return all
}

// Exchange is the exchange of a market with the real securities of the date, at
// most top of them, those with the greatest turnover; 0 is all.
func (d Drill) Exchange(of market.Market, data string, top int) (exchange.Config, error) {
	years, err := calendar.China()
	if err != nil {
		return exchange.Config{}, err
	}
	rules, err := market.Builtin(years).On(d.Date)
	if err != nil {
		return exchange.Config{}, err
	}
	stocks, err := loadStocks(Config{Data: data, Date: dataDate})
	if err != nil {
		return exchange.Config{}, err
	}
	conf := exchange.Config{Market: exchange.Shenzhen, Date: d.Date, Members: members(of)}
	if of == market.Shanghai {
		conf.Market = exchange.Shanghai
	}
	// There are prices of one day only. On a later one the securities begin at their
	// closing prices, and the members trade among themselves.
	later := d.Date > dataDate
	if !later {
		if err := checkDate(d.Date); err != nil {
			return exchange.Config{}, err
		}
		conf.Street = &exchange.StreetConfig{Seed: d.Seed}
	}
	for _, i := range busiest(stocks, of, top) {
		s := &stocks[i]
		before := s.prevClose
		if later && s.traded {
			before = s.close
		}
		listed, err := exchange.Listing(rules, s.rules, before)
		if err != nil {
			return exchange.Config{}, err
		}
		conf.Securities = append(conf.Securities, listed)
		if s.traded && !later {
			conf.Street.Bars = append(conf.Street.Bars, exchange.Bar{Code: listed.Code, Open: s.open, High: s.high, Low: s.low, Close: s.close, Volume: s.volume})
		}
	}
	return conf, nil
}

// members are the invented broker's logons: one for orders, one more for a second
// feed of market data.
func members(of market.Market) []exchange.Member {
	units := [2]string{shenzhenPU, "500199"}
	if of == market.Shanghai {
		units = [2]string{shanghaiPU, "50019"}
	}
	return []exchange.Member{
		{CompID: compID, Password: password, PBUs: []string{units[0]}}, {CompID: secondFeed, Password: password, PBUs: []string{units[1]}},
	}
}

// busiest returns the places of a market's securities in the order of their IDs.
// The weights of stocks are cumulated.
func busiest(stocks []stock, of market.Market, top int) (places []int) {
	weight := func(i int) int64 {
		if i == 0 {
			return stocks[0].weight
		}
		return stocks[i].weight - stocks[i-1].weight
	}
	for i := range stocks {
		if stocks[i].rules.ID.Market() != of {
			continue
		}
		above := 0
		for k := range stocks {
			if top > 0 && stocks[k].rules.ID.Market() == of && (weight(k) > weight(i) || weight(k) == weight(i) && k < i) {
				above++
			}
		}
		if top == 0 || above < top {
			places = append(places, i)
		}
	}
	return places
}

// Executions are the trades of an exchange as the clearing house reads them.
func Executions(of market.Market, trades iter.Seq[exchange.Trade]) iter.Seq[clearing.Trade] {
	return func(yield func(clearing.Trade) bool) {
		for t := range trades {
			id, err := market.ParseID(t.Code.String() + "." + of.String())
			if err != nil {
				panic("day: the exchange trades a code that is none: " + t.Code.String())
			}
			out := clearing.Trade{
				Security: id, Exec: fmt.Sprintf("%016d", t.Number), Price: t.Price, Quantity: t.Quantity, At: t.At, Buy: sideOf(of, t.Buy), Sell: sideOf(of, t.Sell),
			}
			if !yield(out) {
				return
			}
		}
	}
}

// ClearingHouse is the clearing house with the invented broker and the rest of
// the market.
func (d Drill) ClearingHouse(holdings []clearing.Holding, faults clearing.Faults, sink clearing.Sink) clearing.Config {
	account := func(no string, of market.Market) clearing.Account {
		return clearing.Account{No: no, Market: of, Currency: money.CNY, Purpose: clearing.Client, Balance: housesReserve}
	}
	return clearing.Config{
		Members: []clearing.Member{
			{
				Name: "Sancun drill broker", Participant: participant, ShanghaiUnits: []string{shanghaiPU}, ShenzhenUnits: []string{shenzhenPU},
				Accounts: []clearing.Account{account(shanghaiCash, market.Shanghai), account(shenzhenCash, market.Shenzhen)},
			},
			{Name: "the rest of the market", ShanghaiUnits: []string{shanghaiStreet}, ShenzhenUnits: []string{shenzhenStreet}},
		},
		Holdings: holdings, Faults: faults, Sink: sink,
	}
}

// Open enters the invented clients into a centre that nobody serves: the first
// business date if there is none, the broker's own money, people with their sealed
// data, accounts, contracts and passwords. A centre that has clients is refused.
func (d Drill) Open(ctx context.Context, n *node.Node) error {
	if err := n.EnterBanks(ctx); err != nil {
		return err
	}
	p := &player{config: Config{Date: d.Date, Seed: d.Seed}, core: n.Core, investors: d.investors(), sealer: &sealer{vault: n.Vault}}
	var banks []uint16
	clients := 0
	var date uint32
	if err := n.Core.Look(ctx, func(m *custody.Machine) {
		for _, b := range m.Banks() {
			banks = append(banks, b.Number)
		}
		for range m.Clients() {
			clients++
		}
		date = m.Today().Date
	}); err != nil {
		return err
	}
	if clients > 0 {
		return fmt.Errorf("the centre has %d clients already; a drill begins in an empty folder", clients)
	}
	if len(banks) < d.Banks {
		return fmt.Errorf("the centre knows %d banks and the drill needs %d; write them into the configuration", len(banks), d.Banks)
	}
	if date == 0 {
		if err := d.genesis(ctx, p); err != nil {
			return err
		}
	}
	for _, number := range banks {
		if err := p.system(ctx, &record.FundOwn{Bank: number, Currency: money.CNY, Amount: 50_000_000_00}); err != nil {
			return err
		}
	}
	return d.openAccounts(ctx, p)
}

func (d Drill) genesis(ctx context.Context, p *player) error {
	years, err := calendar.China()
	if err != nil {
		return err
	}
	next, err := years.Next(d.Date)
	if err != nil {
		return err
	}
	return p.system(ctx, &record.OpenDay{Date: uint32(d.Date), Next: uint32(next)})
}

func (d Drill) openAccounts(ctx context.Context, p *player) error {
	if err := p.openClients(ctx); err != nil {
		return err
	}
	for _, of := range []market.Market{market.Shanghai, market.Shenzhen} {
		row := func(i int) (record.SecuritiesData, error) { return securitiesOf(&p.investors[i], i, of), nil }
		if err := batches(len(p.investors), row, func(rows []record.SecuritiesData) error {
			return p.system(ctx, &record.OpenSecurities{Rows: rows})
		}); err != nil {
			return err
		}
	}
	// Everyone has the same password, so one hash does: two hundredths of a second
	// each would take minutes.
	passwords, err := vault.NewPasswords(vault.DefaultPasswordCost, 1, reader{dice(d.Seed, diceVault)})
	if err != nil {
		return err
	}
	hash, err := passwords.HashPassword(ctx, vault.NewSecret(fundPassword))
	if err != nil {
		return err
	}
	for i := range p.investors {
		number := p.investors[i].number
		if err := p.system(ctx, &record.SetPassword{Client: number, Which: record.PasswordFund, Hash: []byte(hash)}); err != nil {
			return err
		}
	}
	return nil
}
