package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sancun/sequencer"
)

// A centre that copies declares with every answer as of which block it is and how
// old, and refuses business with where to go; one that writes declares nothing.
func TestStandbyDeclaresItself(t *testing.T) {
	a := &API{}
	h := http.Header{}
	a.declare(h)
	if len(h) != 0 || a.fault(sequencer.ErrNotWriting).Code != "not-writing" {
		t.Errorf("the only centre declares %v", h)
	}
	s := Standing{Centre: "south", Writer: "north", Door: "https://north:8443", Height: 77, Behind: 1500 * time.Millisecond}
	a.config.Standing = func() Standing { return s }
	a.declare(h)
	for name, want := range map[string]string{headCentre: "south", headRole: "standby", headHeight: "77", headBehind: "1500", headWriter: "north"} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	p := a.fault(sequencer.ErrNotWriting)
	if p.Status != http.StatusMisdirectedRequest || !strings.Contains(p.Detail, "north writes, at https://north:8443") {
		t.Errorf("refused with %d %q", p.Status, p.Detail)
	}
	if s.Unfit = true; !a.declare(h) {
		t.Error("a centre whose state differs serves")
	}
	s.Writes = true
	h = http.Header{}
	a.declare(h)
	if h.Get(headRole) != "" || h.Get(headCentre) != "south" {
		t.Errorf("a centre that writes declares %v", h)
	}
}
