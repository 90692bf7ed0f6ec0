package api

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"sancun/record"
)

// Standing is whether the centre behind the door writes. One that copies answers
// enquiries as of a block, says how old that is, and takes no business.
type Standing struct {
	Writes bool
	Centre string
	Writer string // the centre that writes
	Door   string // its HTTP door; empty when it is not configured
	Height uint64 // block that enquiries have reached
	// Behind is how old what enquiries see may be: since this centre last knew that
	// it had everything.
	Behind time.Duration
	// Unfit says that enquiries must not be trusted: the state differs from the
	// journal's.
	Unfit bool
}

// The heads by which a centre that copies declares what its answers are worth.
const (
	headCentre = "Sancun-Centre"
	headRole   = "Sancun-Role"
	headHeight = "Sancun-Height"
	headBehind = "Sancun-Behind-Ms"
	headWriter = "Sancun-Writer"
)

// unfit refuses everything at a centre whose state is not what the journal says.
var unfit = door{http.StatusServiceUnavailable, record.Sentence{Name: "state-differs", ZH: "本中心状态与日志不一致，停止服务", EN: "the state of this centre differs from the journal's: it serves nothing", AdviceZH: "请使用主中心；运维核对差异行后重启本中心", AdviceEN: "use the centre that writes; operations look at the rows that differ and start this one again"}}

// declare writes the heads of a centre that does not write, and says whether it is
// unfit to answer.
func (a *API) declare(h http.Header) (isUnfit bool) {
	if a.config.Standing == nil {
		return false
	}
	s := a.config.Standing()
	h.Set(headCentre, s.Centre)
	if s.Writes {
		return false
	}
	h.Set(headRole, "standby")
	h.Set(headHeight, strconv.FormatUint(s.Height, 10))
	h.Set(headBehind, strconv.FormatInt(s.Behind.Milliseconds(), 10))
	h.Set(headWriter, s.Writer)
	return s.Unfit
}

// elsewhere refuses business at a centre that copies, and says where to go.
func (a *API) elsewhere() *Problem {
	if a.config.Standing == nil {
		return notWriting.problem("")
	}
	s := a.config.Standing()
	if s.Writer == "" {
		return notWriting.problem("")
	}
	detail := fmt.Sprintf("%s writes", s.Writer)
	if s.Door != "" {
		detail += ", at " + s.Door
	}
	return notWriting.problem(detail)
}
