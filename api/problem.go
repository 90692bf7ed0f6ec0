package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"sancun/books"
	"sancun/record"
	"sancun/sequencer"
	"sancun/state"
)

// Problem is what every error looks like (RFC 9457), with a stable name and
// sentences for people in two languages.
type Problem struct {
	Type     string  `json:"type" format:"uri" doc:"urn:sancun:problem: and the code" example:"urn:sancun:problem:insufficient"`
	Title    string  `json:"title" doc:"What is wrong, in English"`
	Status   int     `json:"status" doc:"HTTP status"`
	Code     string  `json:"code" doc:"Stable name of the rejection" example:"insufficient"`
	Number   uint16  `json:"number,omitempty" doc:"Number of the rejection in the journal, none when nothing was journaled"`
	Chinese  string  `json:"zh" doc:"What is wrong, in Chinese"`
	AdviceZH string  `json:"advice_zh,omitempty" doc:"What to do, in Chinese"`
	AdviceEN string  `json:"advice_en,omitempty" doc:"What to do, in English"`
	Detail   string  `json:"detail,omitempty" doc:"What is particular to this case"`
	Height   uint64  `json:"height,omitempty" doc:"Block that holds the rejection"`
	Ref      uint64  `json:"ref,omitempty" doc:"What the rejection refers to: a row of a batch, counted from 1, or blockers"`
	Fields   []Field `json:"errors,omitempty" doc:"The fields that are wrong"`

	headers http.Header
}

// Field says what is wrong with one field. The value is not repeated: it may be
// personal.
type Field struct {
	Location string `json:"location,omitempty" doc:"Where, such as body.amount"`
	Message  string `json:"message" doc:"What is wrong, in English"`
	Chinese  string `json:"zh,omitempty" doc:"What is wrong, in Chinese"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code + ": " + p.Title }

// GetStatus makes a Problem one of huma's errors.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders gives what goes into the head of the answer.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType makes the answer a problem.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// The problems that are no rejection of the machine.
var (
	signInNeeded  = door{http.StatusUnauthorized, record.Sentence{Name: "sign-in-needed", ZH: "请先登录", EN: "sign in first", AdviceZH: "登录后在Authorization头中携带令牌", AdviceEN: "sign in and send the token in the Authorization header"}}
	signInRefused = door{http.StatusUnauthorized, record.Sentence{Name: "sign-in-refused", ZH: "用户名或密码错误", EN: "the user name or the password is wrong", AdviceZH: "请核对后重试，连续五次错误将被锁定", AdviceEN: "check both and try again; five wrong tries in a row lock the user"}}
	userLocked    = door{http.StatusTooManyRequests, record.Sentence{Name: "user-locked", ZH: "连续输错密码，已暂时锁定", EN: "too many wrong passwords, the user is locked for a while", AdviceZH: "请在提示的时间后重试，或联系管理员", AdviceEN: "try again after the time stated, or ask an administrator"}}
	notPermitted  = door{http.StatusForbidden, record.Sentence{Name: "role-not-permitted", ZH: "该角色无权使用此接口", EN: "this role may not use this route", AdviceZH: "请由具备权限的人员办理", AdviceEN: "ask a person whose role allows it"}}
	notThere      = door{http.StatusNotFound, record.Sentence{Name: "unknown-object", ZH: "所指对象不存在", EN: "the object named does not exist", AdviceZH: "请核对编号；刚建立的对象稍后可查", AdviceEN: "check the number; what was just created can be looked up in a moment"}}
	noRoute       = door{http.StatusNotFound, record.Sentence{Name: "unknown-route", ZH: "没有这个接口", EN: "there is no such route", AdviceZH: "见 /openapi.yaml", AdviceEN: "see /openapi.yaml"}}
	noMethod      = door{http.StatusMethodNotAllowed, record.Sentence{Name: "method-not-allowed", ZH: "该接口不支持此方法", EN: "the route does not take this method", AdviceZH: "见 /openapi.yaml", AdviceEN: "see /openapi.yaml"}}
	badJSON       = door{http.StatusBadRequest, record.Sentence{Name: "bad-json", ZH: "请求体不是合法的JSON或含有未知字段", EN: "the body is not valid JSON or has a field that is not known", AdviceZH: "请按接口文档检查", AdviceEN: "check it against the interface document"}}
	badField      = door{http.StatusUnprocessableEntity, record.Sentence{Name: "bad-field", ZH: "字段不符合要求", EN: "a field is not as required", AdviceZH: "见errors中各字段的说明", AdviceEN: "see what errors says of each field"}}
	badBatch      = door{http.StatusBadRequest, record.Sentence{Name: "bad-batch", ZH: "批量报文格式错误", EN: "the batch is not of its form", AdviceZH: "见 docs/api.md 的批量格式", AdviceEN: "see the batch form in docs/api.md"}}
	badMedia      = door{http.StatusUnsupportedMediaType, record.Sentence{Name: "unsupported-media-type", ZH: "不支持该内容类型", EN: "this content type is not taken", AdviceZH: "请使用 application/json", AdviceEN: "use application/json"}}
	tooLarge      = door{http.StatusRequestEntityTooLarge, record.Sentence{Name: "body-too-large", ZH: "请求体过大", EN: "the body is too large", AdviceZH: "请分批提交", AdviceEN: "send it in several requests"}}
	keyMissing    = door{http.StatusBadRequest, record.Sentence{Name: "key-missing", ZH: "缺少幂等键", EN: "the idempotency key is missing", AdviceZH: "请在Idempotency-Key头中填写1至64个可见字符", AdviceEN: "send 1 to 64 visible characters in the Idempotency-Key header"}}
	tooMany       = door{http.StatusTooManyRequests, record.Sentence{Name: "too-many-requests", ZH: "请求过于频繁", EN: "there are too many requests", AdviceZH: "请降低频率或使用批量接口", AdviceEN: "send fewer, or use the batch"}}
	busy          = door{http.StatusServiceUnavailable, record.Sentence{Name: "busy", ZH: "系统繁忙，本次请求未处理", EN: "the system is busy and did nothing with the request", AdviceZH: "请稍后以同一幂等键重试", AdviceEN: "try again in a moment under the same key"}}
	stopped       = door{http.StatusServiceUnavailable, record.Sentence{Name: "stopped", ZH: "系统正在停止服务", EN: "the system is stopping", AdviceZH: "请稍后重试", AdviceEN: "try again later"}}
	notWriting    = door{http.StatusMisdirectedRequest, record.Sentence{Name: "not-writing", ZH: "本中心当前为备中心，不受理业务", EN: "this centre copies another one and takes no business now", AdviceZH: "请以同一幂等键发往主中心；查询可继续使用", AdviceEN: "send it under the same key to the centre that writes; enquiries go on here"}}
	unknown       = door{http.StatusGatewayTimeout, record.Sentence{Name: "outcome-unknown", ZH: "处理结果未知", EN: "the outcome is unknown", AdviceZH: "请以同一幂等键原样重发以取得结果", AdviceEN: "send the same request again under the same key to learn it"}}
	broken        = door{http.StatusInternalServerError, record.Sentence{Name: "internal", ZH: "系统内部错误", EN: "the system could not complete this", AdviceZH: "请联系运维", AdviceEN: "call operations"}}
	badPage       = door{http.StatusUnprocessableEntity, record.Sentence{Name: "bad-page", ZH: "分页标记无效", EN: "the mark of the page is not valid", AdviceZH: "请使用上一页返回的next", AdviceEN: "use the next of the page before"}}
)

// The problems of a second factor.
var (
	signInCode    = door{http.StatusUnauthorized, record.Sentence{Name: "sign-in-code-needed", ZH: "请输入动态口令", EN: "a code of the second factor is needed", AdviceZH: "登录时在code字段填写设备显示的六位口令", AdviceEN: "send the six digits of your device in the field code"}}
	factorWrong   = door{http.StatusForbidden, record.Sentence{Name: "second-factor-wrong", ZH: "动态口令错误", EN: "the code of the second factor is wrong", AdviceZH: "请核对设备时间与口令后重试", AdviceEN: "check the clock of the device and send the code it shows now"}}
	factorMissing = door{http.StatusForbidden, record.Sentence{Name: "second-factor-missing", ZH: "尚未设置动态口令", EN: "no second factor is set", AdviceZH: "投资者可自助设置，员工请联系管理员", AdviceEN: "a client sets one through /v1/clients/{client}/factor, staff ask an administrator"}}
	factorLocked  = door{http.StatusTooManyRequests, record.Sentence{Name: "second-factor-locked", ZH: "连续输错动态口令，已暂时锁定", EN: "too many wrong codes, the second factor is locked for a while", AdviceZH: "请在提示的时间后重试", AdviceEN: "try again after the time stated"}}
)

// noCards is no rejection: nobody here speaks to banks.
var noCards = door{http.StatusNotImplemented, record.Sentence{Name: "no-card-passwords", ZH: "本中心不能转送银行卡密码", EN: "the password of a card cannot be passed on here", AdviceZH: "请不填card_password，或在连接银行的中心办理", AdviceEN: "leave card_password out, or ask at a centre that speaks to the bank"}}

// nothingAdvised is no rejection: the machine was not asked.
var nothingAdvised = door{http.StatusConflict, record.Sentence{Name: "nothing-advised", ZH: "按规则目前无须提出申请", EN: "the rules ask for no act now", AdviceZH: "请按detail所述处理，或自行提出申请", AdviceEN: "do what detail says, or propose an act of your own"}}

// noRegister is no rejection: the centre was started without a register.
var noRegister = door{http.StatusNotImplemented, record.Sentence{Name: "no-register", ZH: "未配置身份核验机构", EN: "no identity register is configured", AdviceZH: "请运维人员在配置文件中填写identity一节", AdviceEN: "have operations fill in the section identity of the configuration"}}

// The problems of the day end.
var (
	noDayEnd      = door{http.StatusNotImplemented, record.Sentence{Name: "no-day-end", ZH: "本中心未配置日终", EN: "the centre is not set up for a day end", AdviceZH: "请运维人员按detail补全配置文件后重启", AdviceEN: "have operations fill in what the detail names in the configuration, and start again"}}
	dayEndRuns    = door{http.StatusConflict, record.Sentence{Name: "day-end-runs", ZH: "日终正在运行", EN: "a run of the day end is under way", AdviceZH: "请等待其结束，或先终止", AdviceEN: "wait for its end, or end it first"}}
	noRun         = door{http.StatusConflict, record.Sentence{Name: "no-day-end-run", ZH: "没有正在运行的日终", EN: "no run of the day end is under way", AdviceZH: "无须处理", AdviceEN: "there is nothing to do"}}
	notReady      = door{http.StatusConflict, record.Sentence{Name: "not-ready", ZH: "开业条件尚未满足", EN: "the date may not be opened yet", AdviceZH: "见errors中各项检查", AdviceEN: "see what errors says of each check"}}
	notDue        = door{http.StatusConflict, record.Sentence{Name: "settlement-not-due", ZH: "尚未到最终交收时间", EN: "final settlement is not due yet", AdviceZH: "请在detail所示时间之后重试", AdviceEN: "try again after the time in the detail"}}
	filesNotThere = door{http.StatusConflict, record.Sentence{Name: "day-end-not-possible", ZH: "日终所需的文件或前序步骤不具备", EN: "a file or an earlier step that this needs is not there", AdviceZH: "见detail", AdviceEN: "see the detail"}}
	nobodyAsked   = door{http.StatusNotImplemented, record.Sentence{Name: "nobody-to-ask", ZH: "没有请求重发文件的途径", EN: "there is no way to ask for this file", AdviceZH: "请电话联系对方，或配置clearing.requests", AdviceEN: "call the other side, or set clearing.requests in the configuration"}}
)

// door is a problem of the door itself.
type door struct {
	status int
	record.Sentence
}

// doors lists them for the document and the tests.
var doors = []door{signInNeeded, signInRefused, userLocked, notPermitted, notThere, noRoute, noMethod, badJSON, badField, badBatch, badMedia, tooLarge, keyMissing, tooMany, busy, stopped, notWriting, unfit, unknown, broken, badPage, noRegister, noCards, noBanks, noRate, bankRefused, bankUnreached, bankUnsayable, signInCode, factorWrong, factorMissing, factorLocked, noClosing, noPeriod, tooLong, noFont, noReport, noForm,
	nothingAdvised, noDayEnd, dayEndRuns, noRun, notReady, notDue, filesNotThere, nobodyAsked,
	noLists, badLists, noFilings, nothingDue, badAnswer, otherAnswer, linesErased}

// problem is the door's problem with what is particular to this case.
func (d door) problem(detail string) *Problem {
	return sentenceProblem(d.status, d.Sentence, detail)
}

// after is the same with the time to wait.
func (d door) after(seconds int, detail string) *Problem {
	p := d.problem(detail)
	p.headers = http.Header{"Retry-After": {strconv.Itoa(max(1, seconds))}}
	return p
}

func sentenceProblem(status int, s record.Sentence, detail string) *Problem {
	return &Problem{
		Type: "urn:sancun:problem:" + s.Name, Title: s.EN, Status: status, Code: s.Name, Chinese: s.ZH,
		AdviceZH: s.AdviceZH, AdviceEN: s.AdviceEN, Detail: detail,
	}
}

// statusOf is the HTTP status of a rejection: most are 422, the request was
// understood and business does not allow it.
func statusOf(c record.Code) int {
	switch c {
	case record.NotPermitted, record.NotAPerson, record.NotMaker, record.SamePerson, record.OrderNotYours:
		return http.StatusForbidden
	case record.UnknownRow, record.UnknownClient, record.UnknownFund, record.UnknownOrder, record.UnknownBank, record.UnknownInstrument,
		record.UnknownFreeze, record.UnknownCase, record.UnknownProposal, record.UnknownOrphan:
		return http.StatusNotFound
	case record.KeyReused, record.AlreadyExists, record.ClientNumberTaken, record.IdentityTaken, record.FundNumberTaken, record.SecuritiesTaken,
		record.MarketTaken, record.AlreadySigned, record.AlreadyReversed, record.ProposalClosed, record.CaseClosed, record.OrphanClosed, record.OrphanAskedAgain, record.AlreadyErased:
		return http.StatusConflict
	case record.NotInService, record.CategoryNotServed, record.UnknownKind:
		return http.StatusNotImplemented
	case record.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusUnprocessableEntity
}

// codeProblem is the problem of a rejection's code.
func codeProblem(code record.Code, detail string) *Problem {
	s, ok := code.Sentence()
	if !ok {
		s = record.Sentence{Name: code.String(), ZH: "业务被拒绝", EN: "the request was rejected"}
	}
	return sentenceProblem(statusOf(code), s, detail)
}

// rejected is the problem of a rejection by the machine.
func rejected(a state.Answer) *Problem {
	code := record.Code(a.Code)
	p := codeProblem(code, "")
	p.Number, p.Height, p.Ref = a.Code, a.Height, a.Ref
	if code == record.FundNotClear {
		for _, b := range record.Blockers(a.Ref) {
			if s, ok := b.Sentence(); ok {
				p.Fields = append(p.Fields, Field{Location: s.Name, Message: s.EN + ": " + s.AdviceEN, Chinese: s.ZH + "：" + s.AdviceZH})
			}
		}
	}
	return p
}

// fault is the problem of an error on the way. What nobody foresaw is logged,
// and told the caller without its text.
func (a *API) fault(err error) *Problem {
	var p *Problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, sequencer.ErrBusy):
		return busy.after(1, "")
	case errors.Is(err, sequencer.ErrNotWriting):
		return a.elsewhere()
	case errors.Is(err, sequencer.ErrStopped):
		return stopped.after(5, "")
	case errors.Is(err, sequencer.ErrUnknown), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return unknown.after(1, "")
	case errors.Is(err, books.ErrUnknown):
		return notThere.problem("")
	case errors.Is(err, books.ErrPage):
		return badPage.problem("")
	case errors.Is(err, ErrNoFile):
		return notThere.problem(err.Error())
	case errors.Is(err, ErrNobodyAsked):
		return nobodyAsked.problem("")
	}
	if p := dayEndFault(err); p != nil {
		return p
	}
	a.config.Log.Error("a request failed", "error", err)
	return broken.problem("")
}

// fieldProblem says that one field is wrong.
func fieldProblem(location, english, chinese string) *Problem {
	p := badField.problem("")
	p.Fields = []Field{{location, english, chinese}}
	return p
}

// init makes huma's own errors, which validation makes, problems of ours. The
// variable is the only place huma has for it, and only this package uses huma.
func init() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		d := broken
		switch status {
		case http.StatusBadRequest:
			d = badJSON
		case http.StatusUnprocessableEntity:
			d = badField
		case http.StatusRequestEntityTooLarge:
			d = tooLarge
		case http.StatusUnsupportedMediaType:
			d = badMedia
		case http.StatusRequestTimeout:
			d = unknown
		}
		p := d.problem("")
		for _, err := range errs {
			var detail *huma.ErrorDetail
			if errors.As(err, &detail) {
				p.Fields = append(p.Fields, Field{Location: detail.Location, Message: detail.Message})
			} else if err != nil {
				p.Detail = err.Error()
			}
		}
		if d.status == http.StatusInternalServerError && message != "" {
			p.Status = status
		}
		return p
	}
}

// write sends a problem past huma.
func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.headers {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	text, err := json.Marshal(p)
	if err != nil {
		text = fmt.Appendf(nil, `{"status":%d,"code":%q}`, p.Status, p.Code)
	}
	_, _ = w.Write(append(text, '\n')) // the caller has gone if this fails
}

// asProblem is errors.As for problems.
func asProblem(err error, p **Problem) bool { return errors.As(err, p) }
