package node

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sancun/custody"
	"sancun/internal/pgcluster"
	"sancun/internal/soak"
	"sancun/journal"
	"sancun/ledger"
	"sancun/record"
	"sancun/verify"
)

// reignCycles is how often TestNodesTakeTurns ends the node that serves, unless a
// soak says; it then also uses the lease of the configuration.
const reignCycles = 4

func database(t testing.TB) string {
	t.Helper()
	c, err := pgcluster.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Remove(); err != nil {
			t.Error(err)
		}
	})
	return c.DSN("postgres")
}

// A core on PostgreSQL is what it is on a disk: restarted, with its snapshot and
// without, it has the same state; the second opinion reads it while it runs; a
// second node is refused, and gets it when it is given back.
func TestCoreOnPostgres(t *testing.T) {
	dsn, dir := database(t), t.TempDir()
	config := reignConfig(dsn, dir, "a", time.Minute)
	core, err := OpenCore(config)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, core, 100)
	want := rootOf(t, core)
	if _, err := OpenCore(reignConfig(dsn, t.TempDir(), "b", time.Minute)); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("a second node: %v, want ErrLocked", err)
	}
	if _, err := OpenCore(config); err == nil {
		t.Error("one folder is used twice")
	}
	proved(t, dsn)
	if err := core.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		config := reignConfig(dsn, dir, name, time.Minute)
		if core, err = OpenCore(config); err != nil {
			t.Fatal(err)
		}
		if got := rootOf(t, core); got != want {
			t.Errorf("%s: root %x, want %x", name, got, want)
		}
		if err := core.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(dir, "snapshots")); err != nil {
			t.Fatal(err)
		}
	}
}

// proved has the second opinion read a journal and returns its blocks.
func proved(t testing.TB, place string) []journal.Position {
	t.Helper()
	source, err := OpenJournal(place, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	verdict, err := verify.Journal(source, nil)
	if err != nil || !verdict.OK() {
		t.Fatalf("the journal is not sound: %v", err)
	}
	var all []journal.Position
	if err := source.Read(1, func(b *journal.Block) error { all = append(all, b.Position()); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

// A node that waits follows, takes over when the lease runs out, and has everything.
// The one before answers nothing more, from its memory neither.
func TestAwait(t *testing.T) {
	dsn := database(t)
	first, err := OpenCore(reignConfig(dsn, t.TempDir(), "a", 300*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, first, 20)
	want := rootOf(t, first)
	config := reignConfig(dsn, t.TempDir(), "b", 300*time.Millisecond)
	config.Standby = true
	second, err := OpenCore(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Submit(t.Context(), record.Request{}); !errors.Is(err, ErrNotWriting) {
		t.Errorf("a node that waits: %v", err)
	}
	hurried, hurry := context.WithTimeout(t.Context(), 20*time.Millisecond)
	if err := second.Await(hurried); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting ended with %v", err)
	}
	hurry()
	expireLease(t, dsn)
	if err := second.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-first.Sequencer().Failed() // its next renewal finds out
	if got := rootOf(t, second); got != want || second.Epoch() <= first.Epoch() {
		t.Errorf("epoch %d with root %x, want above %d with %x", second.Epoch(), got, first.Epoch(), want)
	}
	if err := first.Look(t.Context(), func(*custody.Machine) {}); !errors.Is(err, ErrDeposed) {
		t.Errorf("the old node shows what it has: %v", err)
	}
	if _, err := first.Submit(t.Context(), record.Request{Cmd: &record.LedgerTransfer{Credit: 1, Amount: 1}}); err == nil {
		t.Error("the old node answers")
	}
	if err := first.Abandon(); !errors.Is(err, ErrDeposed) {
		t.Errorf("the old node ended with %v", err)
	}
	if _, err := second.Submit(t.Context(), record.Request{Cmd: &record.LedgerTransfer{Credit: 1, Amount: 1}}); err != nil {
		t.Error(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// expireLease ends the lease by the server's clock, as a pause of its holder does.
func expireLease(t testing.TB, dsn string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), `UPDATE sancun_lease SET until = clock_timestamp()`); err != nil {
		t.Fatal(err)
	}
}

// A database that is away for longer than the lease ends nobody's reign: the node
// that serves shows nothing meanwhile, and goes on with what it has in memory.
func TestDatabaseAway(t *testing.T) {
	c, err := pgcluster.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Remove()
	const lease = 300 * time.Millisecond
	core, err := OpenCore(reignConfig(c.DSN("postgres"), t.TempDir(), "a", lease))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, core, 5)
	want, epoch := rootOf(t, core), core.Epoch()
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	for core.reign.lease.Holds() { // the machine's own clock
		runtime.Gosched()
	}
	looked, submitted := make(chan error, 1), make(chan error, 1)
	go func() { looked <- core.Look(context.Background(), func(*custody.Machine) {}) }()
	go func() {
		_, err := core.Submit(context.Background(), record.Request{Cmd: &record.LedgerTransfer{Credit: 1, Amount: 1}})
		submitted <- err
	}()
	select {
	case err := <-looked:
		t.Errorf("shown without a lease: %v", err)
	case err := <-submitted:
		t.Errorf("answered without a database: %v", err)
	default:
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-looked, <-submitted); err != nil {
		t.Fatal(err)
	}
	if core.Epoch() != epoch || rootOf(t, core) == want {
		t.Error("the node did not go on where it was")
	}
	if err := core.Close(); err != nil {
		t.Error(err)
	}
}

// member is a process that is one of two nodes.
type member struct {
	cmd    *exec.Cmd
	in     interface{ Write([]byte) (int, error) }
	serves chan struct{} // closed when it serves
	ended  chan struct{} // closed when it has ended

	mu      sync.Mutex
	waiting map[string]chan string // by line
	said    []string
}

func startMember(t testing.TB, dsn, dir, name string, lease time.Duration) *member {
	t.Helper()
	m := &member{cmd: exec.Command(os.Args[0]), serves: make(chan struct{}), ended: make(chan struct{}), waiting: map[string]chan string{}}
	m.cmd.Env = append(os.Environ(), nodeName+"="+name, nodeDSN+"="+dsn, nodeDir+"="+dir, nodeLease+"="+lease.String())
	m.cmd.Stderr = os.Stderr
	in, err := m.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	m.in = in
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waits := make(chan struct{})
	go func() {
		defer close(m.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			m.hear(lines.Text(), waits)
		}
		_ = m.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = m.cmd.Process.Kill()
		<-m.ended
	})
	select {
	case <-waits:
	case <-m.ended:
		t.Fatalf("node %s did not start", name)
	}
	return m
}

func (m *member) hear(line string, waits chan struct{}) {
	words := strings.SplitN(line, " ", 3)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said = append(m.said, line)
	switch words[0] {
	case "waits":
		close(waits)
	case "serves":
		close(m.serves)
	case "pay", "look":
		m.waiting[words[0]+" "+words[1]] <- words[2]
	}
}

// ask sends a line and returns where the answer comes.
func (m *member) ask(line string) chan string {
	answer := make(chan string, 1)
	m.mu.Lock()
	m.waiting[line] = answer
	m.mu.Unlock()
	_, _ = m.in.Write([]byte(line + "\n")) // a dead one answers nothing
	return answer
}

// Two processes share a journal. The one that serves is killed, or paused for longer
// than its lease and let go on, again and again, while a payer pays one after the
// other and asks again what it was not told. Nothing is lost, nothing is paid twice,
// and whoever was paused says nothing more that a newer epoch does not know.
func TestNodesTakeTurns(t *testing.T) {
	run := soak.Begin(t, reignCycles, 0) // nothing is drawn by chance
	cycles, lease := run.Count, 400*time.Millisecond
	if run.Long {
		lease = time.Duration(Defaults().Centre.Journal.Lease)
	}
	dsn := database(t)
	prepareAccounts(t, dsn)
	dirs := map[string]string{"a": t.TempDir(), "b": t.TempDir()}
	serving, waiting := startMember(t, dsn, dirs["a"], "a", lease), (*member)(nil)
	<-serving.serves
	names := []string{"b", "a"}
	paid := map[int]string{}
	next := 0
	pay := func(m *member, key int) bool {
		select {
		case answer := <-m.ask(fmt.Sprint("pay ", key)):
			if strings.HasPrefix(answer, "error") {
				return false
			}
			if before, ok := paid[key]; ok && before != answer {
				t.Fatalf("payment %d was answered %q, and now %q", key, before, answer)
			}
			paid[key] = answer
			return true
		case <-m.ended:
			return false
		}
	}
	var gaps []time.Duration
	for cycle := range cycles {
		name := names[cycle%2]
		run.Done++
		waiting = startMember(t, dsn, dirs[name], name, lease)
		for range 20 {
			if !pay(serving, next) {
				t.Fatalf("cycle %d: payment %d was not answered", cycle, next)
			}
			next++
		}
		flying := serving.ask(fmt.Sprint("pay ", next)) // on its way when the end comes
		signal := syscall.SIGKILL
		if cycle%2 == 1 {
			signal = syscall.SIGSTOP
		}
		if err := serving.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		<-waiting.serves
		for !pay(waiting, next) {
			t.Fatalf("cycle %d: the new node does not answer", cycle)
		}
		gaps = append(gaps, time.Since(began))
		if signal == syscall.SIGSTOP {
			resume(t, serving, flying, paid[next])
		}
		next++
		for key := range next { // asked again, everything has the answer it had
			if key%7 == cycle%7 && !pay(waiting, key) {
				t.Fatalf("payment %d is not known any more", key)
			}
		}
		<-serving.ended
		serving = waiting
	}
	if err := serving.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-serving.ended
	checkPaid(t, dsn, paid, next)
	slices.Sort(gaps)
	t.Logf("%d cycles, lease %v: from the end of one node to the first answer of the other p50 %v, p99 %v, longest %v",
		cycles, lease, gaps[len(gaps)/2], gaps[len(gaps)*99/100], gaps[len(gaps)-1])
}

// resume lets a paused node go on and holds it to silence: it shows nothing, decides
// nothing, and ends by itself. What it had decided before may still be said.
func resume(t *testing.T, paused *member, flying chan string, known string) {
	t.Helper()
	look, late := paused.ask("look 0"), paused.ask("pay late")
	if err := paused.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	<-paused.ended
	for what, answer := range map[string]chan string{"look": look, "pay": late} {
		select {
		case got := <-answer:
			if !strings.HasPrefix(got, "error") {
				t.Errorf("a paused node was asked to %s and answered %q", what, got)
			}
		default: // it had ended before it read the question
		}
	}
	select {
	case got := <-flying:
		if !strings.HasPrefix(got, "error") && got != known {
			t.Errorf("a paused node said %q of what is now %q", got, known)
		}
	default:
	}
}

// prepareAccounts opens the accounts of the payments.
func prepareAccounts(t testing.TB, dsn string) {
	t.Helper()
	core, err := OpenCore(reignConfig(dsn, t.TempDir(), "first", time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for i, kind := range []ledger.Kind{ledger.GeneralWorld, ledger.General} {
		if _, err := core.Submit(t.Context(), record.Request{Cmd: &record.LedgerOpen{AccountKind: uint16(kind), Unit: 1, Owner: uint64(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := core.Close(); err != nil {
		t.Fatal(err)
	}
}

// checkPaid compares what was answered with the journal: each payment is there once,
// at the height that was said.
func checkPaid(t testing.TB, dsn string, paid map[int]string, payments int) {
	t.Helper()
	if len(paid) != payments {
		t.Errorf("%d payments were answered of %d", len(paid), payments)
	}
	chain := proved(t, dsn)
	for i := 1; i < len(chain); i++ {
		if chain[i].Epoch < chain[i-1].Epoch {
			t.Errorf("height %d has epoch %d after %d", chain[i].Height, chain[i].Epoch, chain[i-1].Epoch)
		}
	}
	source, err := OpenJournal(dsn, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	found := map[string]int{}
	if err := source.Read(1, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return err
			}
			if v.Kind == record.KindLedgerTransfer {
				found[fmt.Sprintf("paid %d:%d", v.Code, b.Height)]++
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, n := range found {
		total += n
	}
	if total != payments {
		t.Errorf("the journal has %d payments, asked for were %d", total, payments)
	}
	for key, answer := range paid {
		if found[answer] == 0 {
			t.Errorf("payment %d was answered %q, which is not in the journal", key, answer)
		}
	}
}
