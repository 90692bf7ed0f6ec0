package record

// Rejections 700 to 799 belong to the rules of dual control and of cases.
const (
	NeedsApproval   Code = 701
	NotAPerson      Code = 702
	SamePerson      Code = 703
	ProposalClosed  Code = 704
	PayloadDiffers  Code = 705
	UnknownProposal Code = 706
	NotProposable   Code = 707
	NotMaker        Code = 708
	BadGuard        Code = 709
	GuardFixed      Code = 710
	UnknownCase     Code = 721
	CaseClosed      Code = 722
	CaseKindUnknown Code = 723
	// 724 was never given and is not used.
	ReasonMissing Code = 725
)

var approvalSentences = map[Code]Sentence{
	NeedsApproval:   {"needs-approval", "该业务须经双人复核", "this act needs a second person", "请先提交复核申请，由另一人批准", "propose it, and have another person approve it"},
	NotAPerson:      {"not-a-person", "只有柜员才能提交或复核", "only a member of staff may propose or approve", "请由有权柜员办理", "ask a member of staff with the right role"},
	SamePerson:      {"same-person", "复核人不能与经办人相同", "maker and checker are the same person", "请由另一人复核", "ask another person to check"},
	ProposalClosed:  {"proposal-closed", "该申请已办结", "the proposal is approved, declined or withdrawn already", "请查询申请状态", "look up the proposal's state"},
	PayloadDiffers:  {"payload-differs", "批准内容与申请内容不一致", "what is approved is not what was proposed", "请重新读取申请后再批准", "read the proposal again and approve that"},
	UnknownProposal: {"unknown-proposal", "申请不存在", "there is no such proposal", "请核对申请编号", "check the proposal's number"},
	NotProposable:   {"not-proposable", "该业务不适用复核流程", "this kind of act is not made by proposal", "请按普通流程办理", "use the ordinary way"},
	NotMaker:        {"not-the-maker", "只有经办人可以撤回申请", "only the maker may withdraw a proposal", "请由经办人撤回，或由复核人拒绝", "ask the maker, or decline it as a checker"},
	BadGuard:        {"bad-guard", "复核规则无效", "the rule of dual control is not valid", "请核对业务种类、人数和金额", "look at the act, the need and the amount"},
	GuardFixed:      {"guard-fixed", "该业务必须双人复核，不得放宽", "this act always needs two people", "复核规则只可收紧", "the rule may be made stricter only"},
	UnknownCase:     {"unknown-case", "差错登记不存在", "there is no such case", "请核对差错编号", "check the case number"},
	CaseClosed:      {"case-closed", "差错已办结", "the case is closed already", "请查询差错状态", "look up the case"},
	CaseKindUnknown: {"case-kind-unknown", "差错类型未知", "this kind of difference is unknown", "请核对差错类型", "check the kind"},
	ReasonMissing:   {"reason-missing", "须填写原因", "a reason is missing", "请填写原因", "give a reason"},
}
