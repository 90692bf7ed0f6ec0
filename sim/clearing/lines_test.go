package clearing

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sancun/calendar"
	"sancun/wire/csdc"
)

func tradeFile(t testing.TB) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := WriteTrades(&file, slices.Values(smallDay(t))); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// Trades are read as they were written, and errors name the line.
func TestTradeLines(t *testing.T) {
	raw := tradeFile(t)
	var got []Trade
	err := ReadTrades(bytes.NewReader(raw), func(trade Trade) error {
		got = append(got, trade)
		return nil
	})
	if err != nil || !slices.Equal(got, smallDay(t)) {
		t.Errorf("read %+v, %v", got, err)
	}
	text := string(raw)
	for name, c := range map[string]struct{ old, new, want string }{
		"head":      {"security,", "code,", "line 1"},
		"fields":    {"600000.SH,1,", "600000.SH,1,1,", "line 2"},
		"security":  {"600000.SH,2", "600000.XX,2", "line 3"},
		"price":     {"7.1200", "7.12001", "line 2"},
		"quantity":  {",300,", ",0300,", "line 2"},
		"time":      {"09:31:06.250", "25:00", "line 2"},
		"unit":      {"12345,A100000003", ",A100000003", "line 2"},
		"long line": {"600000.SH,1", strings.Repeat("6", lineMax), "behind line 1"},
	} {
		err := ReadTrades(strings.NewReader(strings.Replace(text, c.old, c.new, 1)), func(Trade) error { return nil })
		if !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if err := ReadTrades(strings.NewReader(""), nil); !errors.Is(err, ErrInput) {
		t.Errorf("empty file: %v", err)
	}
	mine := errors.New("enough")
	if err := ReadTrades(bytes.NewReader(raw), func(Trade) error { return mine }); err != mine {
		t.Errorf("the caller's error came back as %v", err)
	}
	comma := smallDay(t)[0]
	comma.Buy.ClOrdID = "a,b"
	if err := WriteTrades(&bytes.Buffer{}, slices.Values([]Trade{comma})); !errors.Is(err, ErrTrade) {
		t.Errorf("comma: %v", err)
	}
}

func TestHoldingLines(t *testing.T) {
	got, err := ReadHoldings(strings.NewReader(holdingHead + "\n600000.SH,12345,A100000001,1000\r\n"))
	if err != nil || len(got) != 1 || got[0] != testConfig(t, newMemory()).Holdings[0] {
		t.Errorf("read %+v, %v", got, err)
	}
	for _, bad := range []string{"600000,12345,A1,1", "600000.SH,12345,A1,-1", "600000.SH,12345,A1"} {
		if _, err := ReadHoldings(strings.NewReader(holdingHead + "\n" + bad + "\n")); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// FuzzReadTrades: what is read survives being written and read again.
func FuzzReadTrades(f *testing.F) {
	f.Add(tradeFile(f))
	f.Add([]byte(tradeHead + "\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var trades []Trade
		if err := ReadTrades(bytes.NewReader(raw), func(trade Trade) error {
			trades = append(trades, trade)
			return nil
		}); err != nil {
			return
		}
		var file bytes.Buffer
		if err := WriteTrades(&file, slices.Values(trades)); err != nil {
			t.Fatal(err)
		}
		var again []Trade
		if err := ReadTrades(&file, func(trade Trade) error {
			again = append(again, trade)
			return nil
		}); err != nil || !slices.Equal(trades, again) {
			t.Fatalf("read %+v, again %+v, %v", trades, again, err)
		}
	})
}

// FuzzReadHoldings: any bytes are read without panic.
func FuzzReadHoldings(f *testing.F) {
	f.Add([]byte(holdingHead + "\n600000.SH,12345,A100000001,1000\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := ReadHoldings(bytes.NewReader(raw))
		for _, p := range got {
			if err == nil && (p.Quantity < 0 || !p.Security.Valid()) {
				t.Fatalf("read %+v", p)
			}
		}
	})
}

// Run plays a file of trades into a folder, in step with its pace.
func TestRun(t *testing.T) {
	root := t.TempDir()
	var paced []calendar.TimeOfDay
	report, err := Run(context.Background(), RunConfig{
		House: testConfig(t, DirSink{root}), Date: friday, Trades: bytes.NewReader(tradeFile(t)),
		Injections: []Injection{{Fault: FaultMissing, Layout: csdc.LayoutZqye}},
		Pace: func(_ context.Context, until calendar.TimeOfDay) error {
			paced = append(paced, until)
			return nil
		},
	})
	if err != nil || report.Trades != 10 || len(report.Faults) != 1 || !slices.IsSorted(paced) || paced[len(paced)-1] != calendar.DayEnd {
		t.Fatalf("report %+v, %v; paced %v", report, err, paced)
	}
	names, err := fs.Glob(os.DirFS(root), "20230825/*")
	if err != nil || len(names) != len(csdc.Layouts()) {
		t.Errorf("files %v, %v", names, err)
	}
	if left, err := os.ReadDir(filepath.Join(root, partDir)); err != nil || len(left) != 0 {
		t.Errorf("parts left: %v, %v", left, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, RunConfig{House: testConfig(t, DirSink{root}), Date: friday, Trades: bytes.NewReader(tradeFile(t))}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Run(t.Context(), RunConfig{House: testConfig(t, DirSink{root}), Date: 20230826, Trades: bytes.NewReader(nil)}); !errors.Is(err, calendar.ErrNotTradingDay) {
		t.Errorf("on a Saturday: %v", err)
	}
}

// Follow sends every file at its time and answers requests, good and bad ones, until
// it is told to stop.
func TestFollow(t *testing.T) {
	root, requests := t.TempDir(), t.TempDir()
	layout := csdc.LayoutZqye
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ticks := make(chan time.Time)
	var now atomic.Int32
	type answer struct {
		name string
		err  error
	}
	told := make(chan answer, 10)
	ended := make(chan error, 1)
	var report Report
	go func() {
		var err error
		report, err = Follow(ctx, RunConfig{
			House: testConfig(t, DirSink{root}), Date: friday, Trades: bytes.NewReader(tradeFile(t)),
			Injections: []Injection{{Fault: FaultMissing, Layout: layout}},
		}, RequestDir{requests}, ticks, func() calendar.TimeOfDay { return calendar.TimeOfDay(now.Load()) }, func(name string, err error) { told <- answer{name, err} })
		ended <- err
	}()
	ask := func(name string) answer {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(requests, "20230825"), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{name + ".request", "note-of-somebody.txt"} {
			if err := os.WriteFile(filepath.Join(requests, "20230825", file), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		ticks <- time.Time{}
		return <-told
	}
	house := testConfig(t, DirSink{root})
	name := layout.FileName(house.Members[house.Receiver].Participant, "20230825")
	if a := ask(name); a.name != name || !errors.Is(a.err, ErrOrder) {
		t.Errorf("before its time: %s, %v", a.name, a.err)
	}
	now.Store(int32(calendar.Clock(20, 0, 0)))
	ticks <- time.Time{}
	if a := ask("nothing.dbf"); !errors.Is(a.err, ErrFile) {
		t.Errorf("a file that there is not: %+v", a)
	}
	if a := ask(name); a.name != name || a.err != nil {
		t.Errorf("the missing file: %s, %v", a.name, a.err)
	}
	stop()
	if err := <-ended; err != nil || report.Trades != 10 {
		t.Errorf("ended with %v, %+v", err, report)
	}
	if _, err := os.Stat(filepath.Join(root, "20230825", name)); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Join(requests, "20230825")); err != nil || len(left) != 1 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}

// A file that fails half way leaves nothing behind.
func TestDirSink(t *testing.T) {
	sink := DirSink{t.TempDir()}
	broken := errors.New("broken")
	err := sink.Put("20230825", "a", func(w io.Writer) error {
		if _, err := w.Write([]byte("half")); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if names, _ := fs.Glob(os.DirFS(sink.Root), "*/*"); len(names) != 0 {
		t.Errorf("left %v", names)
	}
	if err := sink.Withdraw("20230825", "a"); err != nil {
		t.Errorf("withdraw what is not there: %v", err)
	}
}
