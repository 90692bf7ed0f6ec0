package node

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"sancun/record"
	"sancun/sequencer"
)

// killDir is the environment variable that makes this test's program the victim
// of TestKilled: a centre's core that takes requests from its standard input.
const killDir = "SANCUN_KILL_DIR"

// The victim's core is small, so that a few hundred requests fill segments and
// push answers out of memory.
const (
	killSegment   = 256 << 10
	killAnswers   = 50_000
	killSnapshots = 40 // lines between two snapshots
)

// killMorning is 2023-08-25 10:00 in Beijing, when orders and transfers are taken.
// Every life of the victim begins there again; the journal's time never falls.
const killMorning = 1692928800

func killCore(dir string) (*Core, error) {
	var mu sync.Mutex
	now := time.Unix(killMorning, 0)
	return OpenCore(CoreConfig{Dir: dir, Answers: killAnswers, SegmentBytes: killSegment, Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Microsecond)
		return now
	}})
}

// victim runs until it is killed, or until its input ends: then it closes properly.
func victim(dir string) error {
	fmt.Println("starting")
	core, err := killCore(dir)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	var lives sync.WaitGroup
	defer lives.Wait()
	v := voice{}
	lines := bufio.NewReader(os.Stdin)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			lives.Wait()
			return core.Close()
		}
		if err != nil {
			return err
		}
		lane, requests, err := parseLine(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return err
		}
		lives.Go(func() { v.answer(core, lane, requests) })
		if n%killSnapshots == 0 {
			lives.Go(func() {
				if _, err := core.Snapshot(context.Background()); err != nil {
					v.say("error " + err.Error())
				}
			})
		}
	}
}

// voice writes whole lines, one at a time.
type voice struct{ mu sync.Mutex }

func (v *voice) say(line string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, _ = os.Stdout.WriteString(line + "\n") // who does not listen has gone
}

// answer submits a line's requests and says what was answered, which must then be
// true for ever.
func (v *voice) answer(core *Core, lane string, requests []record.Request) {
	answers, err := core.Submit(context.Background(), requests...)
	if errors.Is(err, sequencer.ErrBusy) {
		v.say(lane + " busy")
		return
	}
	if err != nil {
		v.say("error " + err.Error())
		return
	}
	var line strings.Builder
	line.WriteString(lane)
	for _, a := range answers {
		fmt.Fprintf(&line, " %d:%d:%d", a.Code, a.Ref, a.Height)
	}
	v.say(line.String())
}

// A line is the number of a lane and, for each request, its number, caller, kind
// and command in hexadecimal digits.
func writeLine(lane int, asked []*wish) string {
	var line strings.Builder
	line.WriteString(strconv.Itoa(lane))
	for _, a := range asked {
		fmt.Fprintf(&line, " %d:%d:%d:%s", a.id, uint64(a.caller), a.cmd.Kind(), hex.EncodeToString(record.Encode(nil, a.cmd)))
	}
	line.WriteByte('\n')
	return line.String()
}

func parseLine(line string) (lane string, requests []record.Request, err error) {
	words := strings.Fields(line)
	for _, word := range words[1:] {
		var id, caller uint64
		var kind uint16
		var fields string
		if _, err := fmt.Sscanf(word, "%d:%d:%d:%s", &id, &caller, &kind, &fields); err != nil {
			return "", nil, fmt.Errorf("request %q: %w", word, err)
		}
		b, err := hex.DecodeString(fields)
		if err != nil {
			return "", nil, err
		}
		cmd, ok := record.New(record.Kind(kind))
		if !ok || !record.Decode(b, cmd) {
			return "", nil, fmt.Errorf("command %q cannot be read", word)
		}
		requests = append(requests, record.Request{Caller: record.Caller(caller), Key: keyOf(record.Caller(caller), id), Cmd: cmd})
	}
	return words[0], requests, nil
}
