package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sancun/day"
)

// process is a child: the program itself, or a centre with a desk.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	errs *strings.Builder

	mu      sync.Mutex
	waiting map[string]chan string // by what an answer begins with
	lines   chan string            // of the program itself
	ended   chan struct{}
}

// start runs the test binary as something else.
func start(t *testing.T, as string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(os.Args[0], args...), errs: &strings.Builder{}, waiting: map[string]chan string{}, lines: make(chan string, 64), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), childVariable+"="+as)
	p.cmd.Stderr = p.errs
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		p.in, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go p.read(out)
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

func (p *process) read(out io.Reader) {
	defer close(p.ended)
	for in := bufio.NewScanner(out); in.Scan(); {
		words := strings.SplitN(in.Text(), " ", 3)
		p.mu.Lock()
		answer := p.waiting[strings.Join(words[:min(2, len(words))], " ")]
		if answer == nil {
			answer = p.waiting[words[0]]
		}
		p.mu.Unlock()
		if answer != nil {
			answer <- words[len(words)-1]
			continue
		}
		select {
		case p.lines <- in.Text():
		default:
		}
	}
}

// tell asks the desk and returns where the answer comes.
func (p *process) tell(question string) chan string {
	p.t.Helper()
	answer := make(chan string, 1)
	p.mu.Lock()
	words := strings.SplitN(question, " ", 3)
	p.waiting[strings.Join(words[:min(2, len(words))], " ")] = answer
	p.mu.Unlock()
	if _, err := io.WriteString(p.in, question+"\n"); err != nil {
		close(answer)
	}
	return answer
}

// ask asks the desk and waits.
func (p *process) ask(question string) string {
	p.t.Helper()
	select {
	case answer := <-p.tell(question):
		return answer
	case <-p.ended:
		p.t.Fatalf("%s: the process has ended\n%s", question, p.errs)
	case <-p.t.Context().Done():
		p.t.Fatalf("%s: no answer", question)
	}
	return ""
}

// word waits for a line with a mark and returns the word behind it.
func (p *process) word(mark string) string {
	p.t.Helper()
	for {
		select {
		case line := <-p.lines:
			if _, rest, ok := strings.Cut(line, mark); ok {
				word, _, _ := strings.Cut(rest, ",")
				return word
			}
		case <-p.ended:
			p.t.Fatalf("the process ended before it said %q\n%s", mark, p.errs)
		}
	}
}

// rest gives the lines that nobody has taken, of a process that has ended.
func (p *process) rest() func(func(string) bool) {
	return func(yield func(string) bool) {
		for {
			select {
			case line := <-p.lines:
				if !yield(line) {
					return
				}
			default:
				return
			}
		}
	}
}

// end waits for the process and returns its exit code.
func (p *process) end() int {
	<-p.ended
	_ = p.cmd.Wait() // the code says it
	return p.cmd.ProcessState.ExitCode()
}

// drill is a folder with a configuration, keys, and running simulators.
func drill(t *testing.T) (config string, sims []*process) {
	t.Helper()
	const data = "../../.cache/market-data"
	if _, err := os.Stat(data); err != nil {
		t.Skip("no market data; scripts/fetch-market-data.sh fetches them")
	}
	dir := t.TempDir()
	for _, args := range [][]string{{"keys", "vault", dir + "/vault.key"}, {"keys", "bank", dir + "/banks.key", "BANK01", "BANK02"}} {
		if p := start(t, "sancun", args...); p.end() != 0 {
			t.Fatalf("%v: %s", args, p.errs)
		}
	}
	if err := os.WriteFile(dir+"/password", []byte(day.DrillExchangePassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	real, drill, speed := time.Now().Truncate(time.Second).Format(time.RFC3339), "2023-08-25T09:31:00+08:00", "20"
	clock := []string{"--real", real, "--drill", drill, "--speed", speed}
	sim := func(args ...string) *process {
		p := start(t, "sancun", append(append([]string{"sim"}, args...), clock...)...)
		sims = append(sims, p)
		return p
	}
	sz := sim("exchange", "--market", "SZ", "--top", "20", "--data", data, "--trades", filepath.Join(dir, "sz.csv"))
	sh := sim("exchange", "--market", "SH", "--top", "20", "--data", data)
	one := sim("bank", "--profile", "fixed24", "--customers", "20", "--keys", dir+"/banks.key")
	two := sim("bank", "--profile", "delim", "--number", "2", "--customers", "20", "--keys", dir+"/banks.key", "--faults", "no-answer=100000,drop-after=50000")
	addresses := map[*process][2]string{}
	for _, p := range []*process{sz, sh} {
		addresses[p] = p.twoAddresses()
	}
	text := fmt.Sprintf(`
centre: {name: drill, dir: centre, segment_bytes: 1MiB, snapshot_every: 2s}
clock: {real: %s, drill: %s, speed: %s}
vault: {key_file: vault.key}
broker: {code: "60050000"}
exchanges:
  - {market: SZ, address: %s, comp_id: SANCUN01, target: EXCHANGE, password: file:password, duplicates: [30001], quotes: [{address: %s, comp_id: SANCUN01, target: QUOTES, password: file:password}]}
  - {market: SH, address: %s, comp_id: SANCUN01, target: EXCHANGE, quotes: [{address: %s, comp_id: SANCUN01, target: QUOTES}]}
banks:
  - {number: 1, code: BANK01, name: one, format: fixed24, address: %s, key_file: banks.key, operator: SANCUN, terms: {single_max: 1000000, daily_max: 5000000}}
  - {number: 2, code: BANK02, name: two, format: delim, address: %s, key_file: banks.key, operator: SANCUN, terms: {single_max: 1000000, daily_max: 5000000}}
`, real, drill, speed, addresses[sz][0], addresses[sz][1], addresses[sh][0], addresses[sh][1], one.word("line on "), two.word("line on "))
	config = filepath.Join(dir, "sancun.yaml")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if p := start(t, "sancun", "sim", "clients", config, "--customers", "20"); p.end() != 0 {
		t.Fatalf("clients: %s", p.errs)
	}
	return config, sims
}

// twoAddresses reads where an exchange takes orders and shows market data.
func (p *process) twoAddresses() [2]string {
	p.t.Helper()
	for {
		select {
		case line := <-p.lines:
			var market, orders, quotes string
			if n, _ := fmt.Sscanf(line, "exchange %s orders on %s market data on %s", &market, &orders, &quotes); n == 3 {
				return [2]string{strings.TrimSuffix(orders, ","), strings.TrimSuffix(quotes, ",")}
			}
		case <-p.ended:
			p.t.Fatalf("the exchange ended\n%s", p.errs)
		}
	}
}

const fundBase = 880_000_000_000

// A centre, two exchanges and two banks run as processes of their own; orders are
// filled and deposits come in; the centre is killed in the middle of a crowd of
// requests and started again: whatever was answered is there once, what was not
// answered is asked again under its key, and the proof holds.
func TestServeSurvivesKill(t *testing.T) {
	config, sims := drill(t)
	desk := start(t, "desk", config)
	if got := desk.ask("up"); got != "yes" {
		t.Fatalf("the lines do not stand: %s\n%s", got, desk.errs)
	}
	told := map[string]string{} // the outside ledger: what was answered, by question
	var questions []string
	for fund := range 20 {
		questions = append(questions, fmt.Sprintf("deposit d%d %d %d", fund, fundBase+fund, 1_000_00+fund*100))
	}
	for fund := range 10 {
		questions = append(questions, fmt.Sprintf("buy b%d %d 100", fund, fundBase+fund))
	}
	for _, q := range questions {
		told[q] = desk.ask(q)
		if !strings.HasPrefix(told[q], "accepted") {
			t.Fatalf("%s: %s", q, told[q])
		}
	}
	var crowd []string
	for i := range 300 {
		crowd = append(crowd, fmt.Sprintf("deposit c%d %d %d", i, fundBase+i%20, 100+i))
	}
	answers := map[string]chan string{}
	for _, q := range crowd {
		answers[q] = desk.tell(q)
	}
	if got := desk.ask("done 60"); got != "yes" { // some of the crowd are through, most are on their way
		t.Fatal(got)
	}
	if err := desk.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if code := desk.end(); code != -1 {
		t.Fatalf("killed, and it ended with %d", code)
	}
	for q, a := range answers {
		select {
		case told[q] = <-a:
		default: // never answered
		}
	}
	after := start(t, "desk", config)
	after.ask("up")
	serials := map[string]string{}
	for _, q := range append(questions, crowd...) {
		if strings.HasPrefix(q, "buy") { // the price has moved: another input under the same key
			continue
		}
		got := after.ask(q)
		if want := told[q]; want != "" && got != want {
			t.Errorf("%s was answered %q, and after the restart %q", q, want, got)
		}
		serial := strings.TrimPrefix(got, "accepted ")
		if other, twice := serials[serial]; twice || serial == got {
			t.Errorf("%s: %s, as %s", q, got, other)
		}
		serials[serial] = q
	}
	if got := after.ask("settled"); got != "yes" {
		t.Errorf("not everything came to an end: %s", got)
	}
	balances(t, after, serials)
	finish(t, after, sims, config)
}

// balances adds up what came of every deposit and compares it with the accounts.
func balances(t *testing.T, desk *process, serials map[string]string) {
	t.Helper()
	want, done := map[int]int64{}, 0
	for serial, q := range serials {
		var key string
		var fund int
		var amount int64
		if _, err := fmt.Sscanf(q, "deposit %s %d %d", &key, &fund, &amount); err != nil {
			t.Fatal(err)
		}
		switch state := desk.ask("transfer " + serial); state {
		case "done":
			want[fund] += amount
			done++
		case "refused": // the bank says that it never came
		default:
			t.Errorf("%s ended %s", q, state)
		}
	}
	if done < 60 {
		t.Errorf("%d deposits came through, 60 before the kill", done)
	}
	for n := range 20 {
		fund := fundBase + n
		cash := strings.Fields(desk.ask(fmt.Sprintf("cash %d", fund)))
		if got, _ := strconv.ParseInt(cash[0], 10, 64); got != int64(day.DrillOpening)+want[fund] {
			t.Errorf("fund account %d has %d, want %d and %d", fund, got, int64(day.DrillOpening), want[fund])
		}
		bought := strings.Fields(desk.ask(fmt.Sprintf("bought %d", fund)))
		if n < 10 && bought[0] != "100" || n >= 10 && bought[0] != "0" {
			t.Errorf("fund account %d bought %v", fund, bought)
		}
	}
}

// finish stops everything as an operator does and proves the journal.
func finish(t *testing.T, desk *process, sims []*process, config string) {
	t.Helper()
	ours := map[string]string{"1": desk.ask("ledger 1"), "2": desk.ask("ledger 2")}
	if err := desk.in.Close(); err != nil {
		t.Error(err)
	}
	if code := desk.end(); code != 0 {
		t.Errorf("the centre ended with %d\n%s", code, desk.errs)
	}
	for _, s := range sims {
		if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		if code := s.end(); code != 0 {
			t.Errorf("%v ended with %d: %s", s.cmd.Args, code, s.errs)
		}
	}
	for _, s := range sims[2:] { // the banks
		var number, yuan string
		for line := range s.rest() {
			_, _ = fmt.Sscanf(line, "bank %s holds %s yuan", &number, &yuan) // other lines are others
		}
		if theirs := strings.Replace(yuan, ".", "", 1); number == "" || ours[number] != theirs {
			t.Errorf("bank %q holds %s fen of our clients, we say %s", number, theirs, ours[number])
		}
	}
	centre := filepath.Join(filepath.Dir(config), "centre")
	if p := start(t, "sancun", "verify", centre); p.end() != 0 {
		t.Errorf("verify: %s", p.errs)
	}
	trades, err := os.ReadFile(filepath.Join(filepath.Dir(config), "sz.csv"))
	if n := strings.Count(string(trades), "\n"); err != nil || n < 11 {
		t.Errorf("the exchange wrote %d lines of trades, %v", n, err)
	}
}
