package bank

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sancun/money"
	sim "sancun/sim/bank"
	wire "sancun/wire/bank"
)

// day writes the broker's files of the day end: fund 1001 sold for net, and the
// balances of all.
func (s *side) day(t *testing.T, net money.Amount) []OutFile {
	t.Helper()
	nets := []wire.ClientNet{{
		Serial: "1", BankType: "1", BankAccount: cardNumber(1001), BrokerCode: testBroker, FundAccount: "1001", Currency: money.CNY,
		Net: net, Process: wire.ProcessPending,
	}}
	balances := []wire.LedgerBalance{
		{BankAccount: cardNumber(1001), FundAccount: "1001", Currency: money.CNY, Balance: s.w.balance(1001) + net, Date: testDate},
		{BankAccount: cardNumber(1002), FundAccount: "1002", Currency: money.CNY, Balance: s.w.balance(1002), Date: testDate},
	}
	moved := []wire.PooledSettlement{{
		BrokerCode: testBroker, Business: "1", BankAccount: "9", BankAccountName: "汇总账户", Currency: money.CNY, Amount: net, TradeDate: testDate, Trade: net,
		SettlementCode: "1", CompanyCode: "1", CompanyName: "测试", ProductCode: "1", ProductName: "测试",
	}}
	files := fileOf(t, wire.ClientNetLayout(), nets)
	files = append(files, fileOf(t, wire.LedgerBalanceLayout(), balances)...)
	return append(files, fileOf(t, wire.PooledSettlementLayout(), moved)...)
}

type rowOf[R any] interface {
	*R
	wire.Row
}

func fileOf[R any, P rowOf[R]](t *testing.T, layout wire.FileLayout, rows []R) []OutFile {
	t.Helper()
	name := layout.FileName(testDate)
	var b bytes.Buffer
	total, err := wire.WriteRows[R, P](&b, layout, name, rows)
	if err != nil {
		t.Fatal(err)
	}
	return []OutFile{{name, b.Bytes()}, {wire.ControlName(name), []byte(total.Line())}}
}

// withFiles gives the bank's gateway a folder.
func (s *side) withFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s.options.Dir = dir
	s.restart()
	s.w.drain()
	return dir
}

func (s *side) arrived(t *testing.T, name string) []byte {
	t.Helper()
	for _, f := range slices.Backward(s.files.arrived) {
		if f.Name == name {
			content, err := os.ReadFile(f.Path)
			if err != nil {
				t.Fatal(err)
			}
			return content
		}
	}
	t.Fatalf("%s did not arrive: %v", name, s.files.arrived)
	return nil
}

func TestDayEndFiles(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 2, f)
		defer w.close()
		s := w.banks[0]
		s.withFiles(t)
		in := w.deposit(1001, 4_000)
		w.drain()
		out := s.bankWithdraw(1002, 500)
		w.drain()

		s.ctl.SendDetail()
		w.drain()
		rows, _, err := wire.ReadRows[wire.TransferDetail](bytes.NewReader(s.arrived(t, "strans0825.dat")), wire.TransferDetailLayout(), "strans0825.dat")
		if err != nil || len(rows) != 2 || rows[0].BrokerSerial != serialText(in) || rows[1].BankSerial != out {
			t.Fatalf("%+v %v", rows, err)
		}
		states, _, err := wire.ReadRows[wire.ClientStatus](bytes.NewReader(s.arrived(t, "chk02_20230825.txt")), wire.ClientStatusLayout(), "")
		if err != nil || len(states) != 2 || states[0].State != wire.CustodyDesignated {
			t.Fatalf("%+v %v", states, err)
		}

		s.must(s.gw.SendFiles(testDate, s.day(t, -1_234)...))
		w.drain()
		if got := s.files.sent[len(s.files.sent)-1]; got != " ok" || len(s.files.sent) != 7 {
			t.Fatalf("sent %q, rejected %v", s.files.sent, s.ctl.Rejected())
		}
		totals, _, err := wire.ReadRows[wire.TotalDetail](bytes.NewReader(s.arrived(t, "B0420230825")), wire.TotalDetailLayout(), "")
		if err != nil || len(totals) != 1 {
			t.Fatalf("%+v %v", totals, err)
		}
		if d, err := totals[0].Difference(); err != nil || d != 0 || totals[0].InSettlement != 1_234 || !totals[0].NetBuy {
			t.Errorf("%+v: difference %v %v", totals[0], d, err)
		}
		if odd := s.arrived(t, "B0520230825"); len(odd) != 0 {
			t.Errorf("abnormal balances: %s", odd)
		}
		if a, _ := s.ctl.Account("1001"); a.Managed != openingCash+4_000-1_234 {
			t.Errorf("management account %v", a.Managed)
		}

		// A corrected version takes the place of the first, and versions are kept.
		s.must(s.gw.SendFiles(testDate, s.day(t, -1_000)...))
		w.drain()
		if a, _ := s.ctl.Account("1001"); a.Managed != openingCash+4_000-1_000 {
			t.Errorf("management account %v after the correction", a.Managed)
		}
		if n := len(s.ctl.Received("sbusi0825.dat")); n != 2 {
			t.Errorf("%d versions at the bank", n)
		}
		s.must(s.ctl.OpenDay(testNext))
		if d, err := totalOf(s); err != nil || d != 0 {
			t.Errorf("next day: difference %v %v", d, err)
		}
	})
}

// The bank takes no file whose totals are wrong, and nothing of the batch is applied.
func TestWrongTotalsAreRefused(t *testing.T) {
	w := newWorld(t, 2, wire.Delim())
	defer w.close()
	s := w.banks[0]
	s.withFiles(t)
	files := s.day(t, -1_234)
	files[1].Content = bytes.Replace(files[1].Content, []byte("|-1234|"), []byte("|-1235|"), 1)
	s.must(s.gw.SendFiles(testDate, files...))
	w.drain()
	if got := s.files.sent[len(s.files.sent)-1]; !strings.Contains(got, "refused") {
		t.Errorf("the end of the batch: %q", got)
	}
	if a, _ := s.ctl.Account("1001"); a.Managed != openingCash || len(s.ctl.Rejected()) == 0 {
		t.Errorf("applied all the same: %v %v", a.Managed, s.ctl.Rejected())
	}
}

func TestEveryFaultOfFiles(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 2, f)
		defer w.close()
		s := w.banks[0]
		dir := s.withFiles(t)
		id := w.deposit(1001, 4_000)
		w.deposit(1002, 5_000)
		w.drain()
		if id == 0 {
			t.Fatal()
		}
		name := "strans0825.dat"
		check := func() error { // what a day end does with a file that came
			r, err := wire.NewRowReader(bytes.NewReader(s.arrived(t, name)), wire.TransferDetailLayout())
			if err != nil {
				return err
			}
			for err == nil {
				err = r.Next(new(wire.TransferDetail))
			}
			announced, err := wire.ParseControl(s.arrived(t, wire.ControlName(name)))
			if err != nil {
				return err
			}
			have := r.Control(name)
			return have.Check(announced)
		}
		for _, fault := range []sim.Fault{sim.FaultFileTruncated, sim.FaultFileBadRecord, sim.FaultFileWrongTotal} {
			s.must(s.ctl.InjectFile("strans", fault))
			s.ctl.SendDetail()
			w.drain()
			if err := check(); err == nil {
				t.Errorf("%v was not noticed", fault)
			}
		}
		s.must(s.ctl.InjectFile("strans", sim.FaultFileMissing))
		s.files.arrived = nil
		s.ctl.SendDetail()
		w.drain()
		if slices.ContainsFunc(s.files.arrived, func(f FileInfo) bool { return f.Name == name }) {
			t.Error("a missing file came")
		}
		s.must(s.gw.FetchFile(testDate, name))
		s.must(s.gw.FetchFile(testDate, wire.ControlName(name)))
		w.drain()
		if err := check(); err != nil {
			t.Errorf("fetched: %v", err)
		}
		s.files.arrived = nil
		s.must(s.ctl.InjectFile("strans", sim.FaultFileLate))
		s.ctl.SendDetail()
		w.drain()
		early := len(s.files.arrived)
		w.pass(2 * time.Minute)
		if len(s.files.arrived) <= early {
			t.Error("a late file never came")
		}
		found := 0
		for _, in := range s.ctl.Log() {
			if in.Finding == sim.FindFile && in.File == name {
				found++
			}
		}
		if found != 5 {
			t.Errorf("%d of 5 faults logged", found)
		}
		versions, err := os.ReadDir(dir + "/in/20230825")
		if err != nil || len(versions) < 4 {
			t.Errorf("%v %v", versions, err)
		}
	})
}

// A large file crosses in chunks, also when the line is lost half-way and when
// chunks are not confirmed.
func TestLargeFileOverALostLine(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		s := w.banks[0]
		s.withFiles(t)
		content := bytes.Repeat([]byte("0123456789abcdef"), 40_000)
		s.must(s.ctl.Inject(wire.FunctionFileSend, sim.FaultSilent, 2))
		s.must(s.gw.SendFiles(testDate, OutFile{"big.bin", content}))
		w.drain()
		s.ctl.Disconnect()
		w.drain()
		w.pass(3 * time.Minute)
		got := s.ctl.Received("big.bin")
		if len(got) != 1 || !bytes.Equal(got[0].Content, content) {
			t.Fatalf("%d versions, sent %q", len(got), s.files.sent)
		}
		if err := s.gw.SendFiles(testDate, OutFile{"../x", nil}); err == nil {
			t.Error("a name leaves its folder")
		}
		// The bank asks for it again.
		s.must(s.ctl.Fetch("big.bin"))
		w.drain()
		if len(s.ctl.Received("big.bin")) != 1 {
			t.Error("the same bytes are a new version")
		}
	})
}
