package identity

import (
	"context"
	"strconv"

	person "sancun/identity"
	"sancun/vault"
)

// Register is a provider of identity checks. Implementations may be called from
// several goroutines. The serial of a question is the caller's key: asking again
// with the same serial and content is safe.
type Register interface {
	// CheckName asks whether name and document number belong together.
	CheckName(ctx context.Context, q Holder) Answer

	// CompareFace asks how like the portrait is to the holder of the document.
	CompareFace(ctx context.Context, q Face) Answer

	// CheckCard asks whether name, document, card and mobile belong together.
	CheckCard(ctx context.Context, q Card) Answer

	// ReadDocument asks what a picture of a document says. What it reads is for
	// a person to confirm and for package sancun/identity to check.
	ReadDocument(ctx context.Context, q Picture) Reading
}

// Holder names a person and a document.
type Holder struct {
	Serial string // 1 to 64 characters
	Name   vault.Secret
	Kind   person.DocumentKind
	Number vault.Secret
}

// Face is a Holder and a portrait of at most PictureBytesMax bytes.
type Face struct {
	Holder
	Portrait []byte
}

// Card is a Holder, a bank card and the mobile number the bank knows.
type Card struct {
	Holder
	Card   vault.Secret
	Mobile vault.Secret
}

// Picture is an image of a document of at most PictureBytesMax bytes.
type Picture struct {
	Serial string // 1 to 64 characters
	Image  []byte
}

// Outcome is what came of a question, by its number in records. The numbers never
// change, and zero is none of them.
type Outcome uint8

// The outcomes.
const (
	Agree    Outcome = 1 // the register says yes
	Disagree Outcome = 2 // the register looked and says no
	Refused  Outcome = 3 // the register did not look; a person must act
	Unknown  Outcome = 4 // nobody knows; ask again with the same serial
)

var outcomeNames = [...]string{Agree: "agree", Disagree: "disagree", Refused: "refused", Unknown: "unknown"}

// String names the outcome.
func (o Outcome) String() string {
	if o >= Agree && o <= Unknown {
		return outcomeNames[o]
	}
	return "outcome " + strconv.Itoa(int(o))
}

// Answer is the outcome of one question. It holds no personal field.
type Answer struct {
	Outcome        Outcome
	Reason         Reason // why, for Disagree and Refused
	RegisterSerial string // the register's own, for enquiries there; empty when Unknown
	Score          int    // faces: likeness from 0 to 10,000
	Cause          error  // what went wrong, for Unknown
}

// Reading is the answer to a picture. The fields are empty unless the outcome is Agree.
type Reading struct {
	Answer
	Name    vault.Secret
	Number  vault.Secret
	Address vault.Secret
}

// Reason says why a register disagrees or refuses, by its number on the wire.
type Reason uint16

// The reasons.
const (
	NumberUnknown  Reason = 101
	NameDiffers    Reason = 102
	MobileDiffers  Reason = 103
	CardDiffers    Reason = 104
	Unreadable     Reason = 201
	FaceUnlike     Reason = 202
	PictureDiffers Reason = 203 // ours: the picture was read and says something else than was typed
	Malformed      Reason = 901
	TokenWrong     Reason = 902
	TooLarge       Reason = 903
	RegisterClosed Reason = 904
)

var reasons = [...]struct {
	reason           Reason
	english, chinese string
}{
	{NumberUnknown, "The register does not know this number; compare it with the document.", "登记机构查无此证件号码，请对照证件核对。"},
	{NameDiffers, "The register has another name for this number; compare both with the document.", "姓名与证件号码不符，请对照证件核对。"},
	{MobileDiffers, "The bank knows another mobile number; ask which one the bank has.", "手机号与银行预留不符，请确认银行预留手机号。"},
	{CardDiffers, "The card belongs to somebody else or does not exist; compare it with the card.", "银行卡号与持卡人不符，请对照卡片核对。"},
	{Unreadable, "The picture cannot be read; take it again in better light.", "图片无法识别，请在光线充足处重新拍摄。"},
	{FaceUnlike, "The portrait is not like the holder; take it again, or let the client come to a counter.", "人脸比对不通过，请重新拍摄或到柜台办理。"},
	{PictureDiffers, "The picture of the document says another name or number; compare both with the document.", "证件图片与填写的姓名或号码不符，请对照证件核对。"},
	{Malformed, "The register did not understand the question; report it to operations.", "登记机构无法识别请求，请联系运维人员。"},
	{TokenWrong, "The register does not accept our token; operations must renew it.", "登记机构拒绝访问令牌，请运维人员更新。"},
	{TooLarge, "The picture is too large; send one of at most 2 MiB.", "图片过大，请上传不超过2MiB的图片。"},
	{RegisterClosed, "The register is busy or closed; try again later.", "登记机构繁忙或已停止服务，请稍后再试。"},
}

// English says in one sentence what is wrong and what to do. It is empty for no reason.
func (r Reason) English() string {
	for _, known := range reasons {
		if known.reason == r {
			return known.english
		}
	}
	if r == 0 {
		return ""
	}
	return "The register gave reason " + strconv.Itoa(int(r)) + "; look it up in its manual."
}

// Chinese says the same in Chinese.
func (r Reason) Chinese() string {
	for _, known := range reasons {
		if known.reason == r {
			return known.chinese
		}
	}
	if r == 0 {
		return ""
	}
	return "登记机构返回原因代码" + strconv.Itoa(int(r)) + "，请查阅其接口手册。"
}
