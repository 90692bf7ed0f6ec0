package record

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func numeral(n uint16) string { return strconv.Itoa(int(n)) }

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// checkSentence checks what a person and a program read.
func checkSentence(t *testing.T, what string, s Sentence) {
	t.Helper()
	if !nameForm.MatchString(s.Name) {
		t.Errorf("%s: the name %q is not lower case with hyphens", what, s.Name)
	}
	if s.EN == "" || s.ZH == "" {
		t.Errorf("%s (%s): zh %q, en %q: both must say something", what, s.Name, s.ZH, s.EN)
	}
	if !strings.ContainsFunc(s.ZH, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) {
		t.Errorf("%s (%s): %q is not Chinese", what, s.Name, s.ZH)
	}
	if (s.AdviceZH == "") != (s.AdviceEN == "") {
		t.Errorf("%s (%s): advice in one language only: %q, %q", what, s.Name, s.AdviceZH, s.AdviceEN)
	}
}

// Every rejection says in both languages what is wrong and what to do, under a
// name and a number of its own.
func TestEveryRejectionSpeaks(t *testing.T) {
	names := map[string]Code{}
	for _, c := range Codes() {
		s, _ := c.Sentence()
		checkSentence(t, "code "+numeral(uint16(c)), s)
		if other, taken := names[s.Name]; taken {
			t.Errorf("codes %d and %d are both named %s", other, c, s.Name)
		}
		names[s.Name] = c
		// The sentences of the market's verdicts say themselves what to do.
		verdict := c >= OrderVerdict && c < FundNotUsable
		if c != Accepted && !verdict && s.AdviceEN == "" {
			t.Errorf("code %d (%s) gives no advice", c, s.Name)
		}
	}
	var in int
	for _, table := range sentences {
		in += len(table)
	}
	if in != len(names) {
		t.Errorf("%d sentences for %d codes: a code is in two tables, or above those that Codes looks at", in, len(names))
	}
}

// Every rejection that has a number has a sentence.
func TestEveryCodeHasASentence(t *testing.T) {
	spoken := map[string]bool{}
	for _, c := range Codes() {
		spoken[numeral(uint16(c))] = true
	}
	seen := map[string]string{}
	for _, c := range constants(t, "Code", "reject") {
		name, number, _ := strings.Cut(c, " ")
		if other, taken := seen[number]; taken {
			t.Errorf("%s and %s share the number %s", other, name, number)
		}
		seen[number] = name
		if !spoken[number] && name != "OrderVerdict" {
			t.Errorf("%s = %s has no sentence", name, number)
		}
	}
}

// Every blocker speaks too, and Blockers takes apart what was added up.
func TestEveryBlockerSpeaks(t *testing.T) {
	all := Blockers(uint64(blockerPastLast) - 1)
	if len(all) != len(blockerSentences) {
		t.Errorf("%d blockers, %d sentences", len(all), len(blockerSentences))
	}
	names := map[string]bool{}
	for _, b := range all {
		s, ok := b.Sentence()
		if !ok || names[s.Name] {
			t.Errorf("blocker %d: sentence %v, name %s", b, ok, s.Name)
		}
		names[s.Name] = true
		checkSentence(t, "blocker "+strconv.Itoa(int(b)), s)
	}
	if got := Blockers(uint64(BlockDebt | BlockBalance)); len(got) != 2 || got[0] != BlockDebt || got[1] != BlockBalance {
		t.Errorf("took apart %v", got)
	}
}
