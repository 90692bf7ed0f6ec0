package record

import "strconv"

// Code is the outcome of a command: Accepted, or the reason it was rejected.
// Codes are stable: callers program against them and stories name them.
type Code uint16

// Sentence is what a person reads of a code, in Chinese and English, with what
// to do about it.
type Sentence struct {
	Name     string // stable, for programs: lower case with hyphens
	ZH, EN   string
	AdviceZH string
	AdviceEN string
}

// Accepted is the outcome of a command that was carried out.
const Accepted Code = 0

// Rejections that any command can meet.
const (
	KeyReused     Code = 101
	Malformed     Code = 102
	UnknownKind   Code = 103
	NotPermitted  Code = 104
	BadAmount     Code = 105
	OutOfRange    Code = 106
	UnknownRow    Code = 107
	NotOpenedDay  Code = 108
	DayClosed     Code = 109
	AlreadyExists Code = 110
	NotInService  Code = 111
	WrongDate     Code = 112
	Internal      Code = 113
	Insufficient  Code = 114
)

var common = map[Code]Sentence{
	Accepted:      {"accepted", "已受理", "accepted", "", ""},
	KeyReused:     {"key-reused", "同一幂等键已用于不同内容的请求", "the key was used before for a request with other content", "请为新请求使用新的键；若要重发，请原样重发", "use a new key for a new request; to repeat a request, send it unchanged"},
	Malformed:     {"malformed", "请求字段不完整或格式错误", "a field of the request is missing or has the wrong form", "请按接口文档检查字段", "check the fields against the interface document"},
	UnknownKind:   {"unknown-kind", "未知的业务类型", "this kind of business is unknown", "请核对业务代码与版本", "check the business code and the version"},
	NotPermitted:  {"not-permitted", "无权办理该业务", "the caller may not do this", "请由具备权限的人员办理", "ask a person whose role allows it"},
	BadAmount:     {"bad-amount", "金额或数量必须为正且在范围内", "the amount or quantity must be positive and in range", "请检查金额和单位（分、股）", "check the figure and its unit (fen, shares)"},
	OutOfRange:    {"out-of-range", "计算结果超出范围", "the result is out of range", "请减小金额或数量", "use a smaller amount or quantity"},
	UnknownRow:    {"unknown-object", "所指对象不存在", "the object named does not exist", "请查询后重试", "look it up and try again"},
	NotOpenedDay:  {"day-not-open", "营业日尚未开始", "the business day is not open yet", "请等待日初完成", "wait until the start of day is done"},
	DayClosed:     {"day-closed", "营业日已停止受理", "the business day takes no more business", "请于下一营业日办理", "do it on the next business day"},
	AlreadyExists: {"already-exists", "对象已存在", "the object exists already", "请勿重复建立", "do not create it twice"},
	NotInService:  {"not-available-yet", "该业务尚未开通", "this business is not available yet", "见功能清单", "see the list of what works"},
	WrongDate:     {"wrong-date", "日期与营业日不符", "the date is not the business date", "请核对营业日期", "check the business date"},
	Insufficient:  {"insufficient", "可用余额不足", "the available balance does not cover it", "请查询可用余额后减小金额", "look up the available balance and use a smaller amount"},
	Internal:      {"internal", "系统内部无法完成", "the system could not complete this", "请联系运维", "call operations"},
}

// sentences lists every table of rejections; each subject owns its hundred.
var sentences = []map[Code]Sentence{common, clientSentences, contractSentences, transferSentences, orderSentences, clearingSentences, approvalSentences, riskSentences, centreSentences, complianceSentences}

// Sentence returns what to say of a code.
func (c Code) Sentence() (Sentence, bool) {
	for _, table := range sentences {
		if s, ok := table[c]; ok {
			return s, true
		}
	}
	return Sentence{}, false
}

// Codes returns every code with a sentence, in ascending order.
func Codes() []Code {
	var all []Code
	for c := range Code(1100) {
		if _, ok := c.Sentence(); ok {
			all = append(all, c)
		}
	}
	return all
}

func (c Code) String() string {
	if s, ok := c.Sentence(); ok {
		return s.Name
	}
	return "code " + strconv.Itoa(int(c))
}
