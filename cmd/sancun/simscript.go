package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"sancun/calendar"
	"sancun/sim/bank"
	"sancun/sim/exchange"
	wire "sancun/wire/bank"
)

// script is what somebody wants of a simulator at times of its clock: a drill whose
// troubles come when its teacher wants them, and not by chance.
type script struct {
	steps []scriptStep
	say   func(text string)
}

// scriptStep is a line of a script.
type scriptStep struct {
	at   calendar.TimeOfDay
	text string
	do   func() error
}

// Bounds of a script: more is no drill of one day.
const (
	scriptBytesMax = 1 << 20
	scriptCountMax = 10_000
)

// readScript reads a script from a file; no name is no script.
func readScript(name string, verb func(words []string) (func() error, error)) (*script, error) {
	s := &script{say: func(text string) { fmt.Println(text) }}
	if name == "" {
		return s, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > scriptBytesMax {
		return nil, fmt.Errorf("%s has %d bytes, at most %d", name, info.Size(), scriptBytesMax)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if s.steps, err = parseScript(text, verb); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// parseScript reads lines of a time and a command, in order of time. Empty lines and
// those that begin with # are passed over. The whole script is checked before the
// simulator starts.
func parseScript(text []byte, verb func(words []string) (func() error, error)) (steps []scriptStep, err error) {
	number, last := 0, calendar.TimeOfDay(0)
	for line := range bytes.Lines(text) {
		number++
		words := strings.Fields(string(line))
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		at, err := calendar.ParseTimeOfDay(words[0])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w; write a time and a command, such as 09:35:00 disconnect", number, err)
		}
		if at < last {
			return nil, fmt.Errorf("line %d: %s comes after %s; write the lines in order of time", number, at, last)
		}
		last = at
		do, err := verb(words[1:])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		steps = append(steps, scriptStep{at, strings.Join(words, " "), do})
	}
	return steps, nil
}

// until does what is due up to a time of the clock, and says so.
func (s *script) until(now calendar.TimeOfDay) {
	for len(s.steps) > 0 && s.steps[0].at <= now {
		next := s.steps[0]
		s.steps = s.steps[1:]
		if err := next.do(); err != nil {
			s.say(fmt.Sprintf("  %s: %v", next.text, err))
			continue
		}
		s.say("  " + next.text)
	}
}

// count reads how often, once when it is not said.
func count(words []string) (int, error) {
	if len(words) == 0 {
		return 1, nil
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n < 1 || n > scriptCountMax || len(words) > 1 {
		return 0, fmt.Errorf("%q is no count of 1 to %d", strings.Join(words, " "), scriptCountMax)
	}
	return n, nil
}

// bankVerbs are the commands of a bank.
func bankVerbs(c *bank.Control) func(words []string) (func() error, error) {
	mute := func(on bool) func() error { return func() error { c.Mute(on); return nil } }
	return func(words []string) (func() error, error) {
		switch verb := strings.Join(words[:min(1, len(words))], ""); {
		case verb == "disconnect" && len(words) == 1:
			return func() error { c.Disconnect(); return nil }, nil
		case verb == "mute" && len(words) == 1:
			return mute(true), nil
		case verb == "unmute" && len(words) == 1:
			return mute(false), nil
		case verb == "fault" && len(words) > 2:
			function, err := functionOf(words[1])
			if err != nil {
				return nil, err
			}
			fault, err := bank.ParseFault(words[2])
			if err != nil {
				return nil, err
			}
			n, err := count(words[3:])
			if err == nil {
				err = c.Inject(function, fault, 0) // is it one of messages?
			}
			return func() error { return c.Inject(function, fault, n) }, err
		case verb == "file" && len(words) == 3:
			if !slices.ContainsFunc(wire.FileLayouts(), func(l wire.FileLayout) bool { return l.Name == words[1] }) {
				return nil, fmt.Errorf("there is no file %q", words[1])
			}
			fault, err := bank.ParseFault(words[2])
			if err == nil && !strings.HasPrefix(words[2], "file-") {
				err = fmt.Errorf("%s does not befall a file", fault)
			}
			return func() error { return c.InjectFile(words[1], fault) }, err
		}
		return nil, fmt.Errorf("%q is no command; there are: fault FUNCTION FAULT [COUNT], file LAYOUT FAULT, disconnect, mute, unmute", strings.Join(words, " "))
	}
}

// functionOf reads a function's name with - for its spaces; any is every transfer
// and reversal.
func functionOf(name string) (wire.Function, error) {
	if name == "any" {
		return 0, nil
	}
	for _, f := range wire.Functions() {
		if strings.ReplaceAll(f.String(), " ", "-") == name {
			return f, nil
		}
	}
	return 0, fmt.Errorf("there is no function %q; any is every transfer and reversal", name)
}

// exchangeVerbs are the commands of an exchange. What befalls a line befalls those of
// every member.
func exchangeVerbs(c *exchange.Control, members []exchange.Member) func(words []string) (func() error, error) {
	each := func(do func(compID string) error) func() error {
		return func() error {
			for _, m := range members {
				if err := do(m.CompID); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return func(words []string) (func() error, error) {
		switch verb := strings.Join(words[:min(1, len(words))], ""); {
		case verb == "disconnect" && len(words) == 1:
			return each(c.Disconnect), nil
		case verb == "mute" && len(words) == 1:
			return each(func(id string) error { return c.Mute(id, true) }), nil
		case verb == "unmute" && len(words) == 1:
			return each(func(id string) error { return c.Mute(id, false) }), nil
		case verb == "halt" && len(words) == 2:
			return func() error { return c.Halt(exchange.MakeCode(words[1])) }, known(c, words[1])
		case verb == "resume" && len(words) == 2:
			return func() error { return c.Resume(exchange.MakeCode(words[1])) }, known(c, words[1])
		case verb == "fault" && len(words) > 1:
			fault, err := exchange.ParseFault(words[1])
			if err != nil {
				return nil, err
			}
			n, err := count(words[2:])
			return func() error { return c.Inject(fault, n) }, err
		}
		return nil, fmt.Errorf("%q is no command; there are: fault FAULT [COUNT], halt CODE, resume CODE, disconnect, mute, unmute", strings.Join(words, " "))
	}
}

// known says that the exchange has a security.
func known(c *exchange.Control, code string) error {
	if _, ok := c.Snapshot(exchange.MakeCode(code)); !ok {
		return fmt.Errorf("security %s is not listed here", code)
	}
	return nil
}
