package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sancun/calendar"
)

// noted is a simulator that remembers what it was told.
type noted []string

func (n *noted) verb(words []string) (func() error, error) {
	if len(words) == 0 || words[0] == "nonsense" {
		return nil, errors.New("no command")
	}
	return func() error {
		if words[0] == "fail" {
			return errors.New("not now")
		}
		*n = append(*n, strings.Join(words, " "))
		return nil
	}, nil
}

// A script is carried out once, in its order, when its times have come; what fails
// is said and the rest goes on.
func TestScriptFollowsTheClock(t *testing.T) {
	var n noted
	steps, err := parseScript([]byte("# drill\n\n09:30 a b\n  09:30:00 fail\n10:00:00.500 c\r\n"), n.verb)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	s := &script{steps, func(text string) { said = append(said, text) }}
	for _, c := range []struct {
		at   calendar.TimeOfDay
		want []string
	}{
		{calendar.Clock(9, 29, 59), nil}, {calendar.Clock(9, 30, 0), []string{"a b"}}, {calendar.Clock(10, 0, 0), []string{"a b"}},
		{calendar.DayEnd, []string{"a b", "c"}}, {calendar.DayEnd, []string{"a b", "c"}},
	} {
		if s.until(c.at); !slices.Equal(n, c.want) {
			t.Errorf("at %s: %v, want %v", c.at, n, c.want)
		}
	}
	if len(said) != 3 || !strings.Contains(said[1], "not now") {
		t.Errorf("said %q", said)
	}
	for name, text := range map[string]string{"no time": "disconnect", "no command": "09:30", "nonsense": "09:30 nonsense", "backwards": "10:00 a\n09:00 b", "no such time": "25:00 a"} {
		if _, err := parseScript([]byte(text), n.verb); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever a script says, it is refused with a line, or carried out to its end.
func FuzzScript(f *testing.F) {
	f.Add([]byte("09:35:00 fault deposit late 3\n10:00 disconnect\n"))
	f.Add([]byte("# nothing\n\n24:00 x\n"))
	f.Add([]byte("09:35:00\n"))
	f.Add([]byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var n noted
		steps, err := parseScript(text, n.verb)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Fatalf("error %v", err)
			}
			return
		}
		s := &script{steps, func(string) {}}
		s.until(calendar.DayEnd)
		if len(s.steps) != 0 || len(n) > len(steps) {
			t.Fatalf("%d of %d steps are left, %d done", len(s.steps), len(steps), len(n))
		}
	})
}
