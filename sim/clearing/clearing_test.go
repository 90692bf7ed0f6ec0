package clearing

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

const (
	friday   calendar.Date = 20230825
	monday   calendar.Date = 20230828
	shClient               = "000000000000001231"
	shOwn                  = "000000000000001232"
	szClient               = "B001000456"
	szOwn                  = "B001000457"
)

// memory is a Sink that keeps files, and their versions, in memory.
type memory struct {
	files fstest.MapFS
	count int
}

func newMemory() *memory { return &memory{files: fstest.MapFS{}} }

func (m *memory) Put(day, name string, write func(io.Writer) error) error {
	var file bytes.Buffer
	if err := write(&file); err != nil {
		return err
	}
	m.count++
	m.files[day+"/"+name] = &fstest.MapFile{Data: file.Bytes()}
	return nil
}

func (m *memory) Withdraw(day, name string) error {
	delete(m.files, day+"/"+name)
	return nil
}

// day is the folder of one day.
func (m *memory) day(t testing.TB, date calendar.Date) fs.FS {
	t.Helper()
	dir, err := fs.Sub(m.files, date.Compact())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// file is a file's bytes.
func (m *memory) file(date calendar.Date, l csdc.Layout) []byte {
	f := m.files[date.Compact()+"/"+l.FileName(broker, csdcDate(date))]
	if f == nil {
		return nil
	}
	return f.Data
}

var broker = csdc.Participant{Shanghai: "00123", Shenzhen: "000456", PBU: "12345"}

func id(t testing.TB, text string) market.ID {
	t.Helper()
	id, err := market.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// testConfig has a broker with two units in Shanghai, another member, and the
// street, which holds nothing.
func testConfig(t testing.TB, sink Sink) Config {
	t.Helper()
	account := func(no string, mk market.Market, purpose Purpose, balance, minimum money.Amount) Account {
		return Account{No: no, Market: mk, Currency: money.CNY, Purpose: purpose, Balance: balance, Minimum: minimum}
	}
	return Config{
		Members: []Member{
			{Name: "street", ShanghaiUnits: []string{"99999"}, ShenzhenUnits: []string{"999999"}},
			{
				Name: "broker", Participant: broker, ShanghaiUnits: []string{"12345", "12346"}, ShenzhenUnits: []string{"012345"},
				Accounts: []Account{
					account(shClient, market.Shanghai, Client, 100_000_00, 1_000_00), account(shOwn, market.Shanghai, Own, 50_000_00, 0),
					account(szClient, market.Shenzhen, Client, 100_000_00, 1_000_00), account(szOwn, market.Shenzhen, Own, 50_000_00, 0),
				},
			},
			{Name: "other", ShanghaiUnits: []string{"54321"}, ShenzhenUnits: []string{"054321"}, Accounts: []Account{
				account("000000000000009991", market.Shanghai, Client, 1_000_000_00, 0), account("B001000999", market.Shenzhen, Client, 1_000_000_00, 0),
			}},
		},
		Receiver: 1,
		Holdings: []Holding{
			{Unit: "12345", Account: "A100000001", Security: id(t, "600000.SH"), Quantity: 1_000},
			{Unit: "12345", Account: "A100000002", Security: id(t, "600519.SH"), Quantity: 300},
			{Unit: "012345", Account: "0100000001", Security: id(t, "000001.SZ"), Quantity: 5_000},
			{Unit: "54321", Account: "A900000001", Security: id(t, "600000.SH"), Quantity: 10_000},
			{Unit: "054321", Account: "0900000001", Security: id(t, "000001.SZ"), Quantity: 10_000},
		},
		Sink: sink,
	}
}

// order makes one side of a trade.
func order(pbu, account, no string, quantity money.Quantity) Side {
	return Side{PBU: pbu, Account: account, ClOrdID: no, OrderID: "E" + no, Ordered: quantity, Entered: calendar.Clock(9, 31, 5)}
}

// smallDay has purchases and sales on both markets, a crossing of two clients of
// the broker, and a trade without it.
func smallDay(t testing.TB) []Trade {
	t.Helper()
	street := func(m market.Market) Side {
		if m == market.Shanghai {
			return Side{PBU: "99999"}
		}
		return Side{PBU: "999999"}
	}
	trade := func(security, exec, price string, quantity money.Quantity, buy, sell Side) Trade {
		p, err := money.ParsePrice(price)
		if err != nil {
			t.Fatal(err)
		}
		s := id(t, security)
		if buy.PBU == "" {
			buy = street(s.Market())
		}
		if sell.PBU == "" {
			sell = street(s.Market())
		}
		return Trade{Security: s, Exec: exec, Price: p, Quantity: quantity, At: calendar.Clock(9, 31, 6) + 250, Buy: buy, Sell: sell}
	}
	return []Trade{
		trade("600000.SH", "1", "7.12", 300, order("12345", "A100000003", "A000000001", 500), Side{}),
		trade("600000.SH", "2", "7.13", 200, order("12345", "A100000003", "A000000001", 500), order("54321", "A900000001", "B000000001", 200)),
		trade("600000.SH", "4", "7.11", 1_000, Side{}, order("12345", "A100000001", "A000000002", 1_000)),
		trade("600519.SH", "5", "1820.55", 100, order("12346", "A100000001", "A000000003", 100), order("12345", "A100000002", "A000000004", 100)),
		trade("688981.SH", "6", "51.03", 201, order("12345", "A100000001", "A000000005", 201), Side{}),
		trade("000001.SZ", "11", "11.27", 2_000, Side{}, order("012345", "0100000001", "S000000001", 2_000)),
		trade("000001.SZ", "12", "11.28", 700, order("012345", "0100000002", "S000000002", 700), order("054321", "0900000001", "T000000001", 700)),
		trade("300750.SZ", "13", "236.6", 100, order("012345", "0100000001", "S000000003", 100), Side{}),
		trade("159915.SZ", "14", "2.014", 10_000, order("012345", "0100000002", "S000000004", 10_000), Side{}),
		trade("000001.SZ", "15", "11.27", 400, Side{}, order("054321", "0900000001", "T000000002", 400)),
	}
}

// play opens a day, clears trades and releases everything.
func play(t testing.TB, h *House, date calendar.Date, trades []Trade) Report {
	t.Helper()
	if err := errors.Join(h.Open(date), h.Clear(slices.Values(trades)), h.Release(calendar.DayEnd)); err != nil {
		t.Fatal(err)
	}
	return h.Report()
}

func newHouse(t testing.TB, c Config) *House {
	t.Helper()
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// rows reads a file of the day.
func rows[T any](t testing.TB, raw []byte, read func(io.Reader, func(T) error) error) []T {
	t.Helper()
	var out []T
	if err := read(bytes.NewReader(raw), func(r T) error {
		out = append(out, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// check is what a receiver finds in the folder of a day.
func check(t testing.TB, m *memory, date calendar.Date, hour, minute int) []csdc.Finding {
	t.Helper()
	cal, err := calendar.China()
	if err != nil {
		t.Fatal(err)
	}
	previous, err := cal.Prev(date)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := csdc.NewManifest(broker, csdcDate(date), csdcDate(previous), csdc.DefaultCutoffs())
	if err != nil {
		t.Fatal(err)
	}
	found, err := manifest.Check(m.day(t, date), csdcDate(date).At(hour, minute))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func sortedNames(m *memory) []string { return slices.Sorted(maps.Keys(m.files)) }
