package bank

// Fixed24 is a fixed-length format with the five-digit function numbers of the
// interface in domain facts B.4: 24xxx and 26xxx when the broker starts, 25xxx
// when the bank does. Amounts are fen filled with zeros, text is GB18030, the
// MAC is SM4-CBC-MAC of 8 bytes, PIN blocks hold digits. The status of a reply
// follows from ErrorNo.
//
// The numbers 24901, 24902, 24701-24704, 24603, 24903, 24904, 24908, 24909,
// 26700-26704, 26710, 25710, 26712, 26713 and 26611 and the names ExSerial,
// bSerial, bCustAcct, bNewAcct, bCustPwd, sCustAcct, OccurBala, Card, CardType,
// ErrorNo, ErrorInfo and the codes 0000, 2011, 2105 and 8888 come from B.4. All
// other numbers, and every width and order, are our assumption.
func Fixed24() Format {
	t := fixed24Tables()
	return Format{
		Name: "fixed24", Style: StyleFixed, Charset: GB18030, Prefix: PrefixDigits4,
		FrameMax: 9_999 + 4, ChunkMax: 6_000,
		MAC: MACSM4CBC, MACWidth: 8, PIN: PINDigits,
		Header: []Field{
			functionCode(5),
			coded("reply", 1, yesNo("0", "1")),
			number("version", 2),
			text("sender", 8),
			text("receiver", 8),
			labelled("Date", date("date")),
			clock("time"),
			labelled("ExSerial", optional(text("broker_serial", 20))),
			labelled("bSerial", optional(text("bank_serial", 20))),
			optional(text("platform_serial", 20)),
			number("epoch", 10),
			number("key_set", 10),
		},
		ReplyHead: []Field{
			labelled("ErrorNo", text("error_code", 4)),
			labelled("ErrorInfo", unscoped(optional(text("error_text", 60)))),
			optional(coded("first_status", 1, words("1", "2", "3", "4", "5"))),
		},
		Errors: []ErrorRule{
			{"0000", Success}, {"8888", Refused}, {"2011", Refused}, {"2105", Refused},
			{"9001", NotProcessed}, {"2999", Duplicate}, {"9999", Unknown},
		},
		Layouts: append(t.account(), t.rest()...),
	}
}

// fixed24Set holds the rows that several tables of Fixed24 share.
type fixed24Set struct {
	party, accounts, transfer, original []Field
	bankPassword, fundPassword, idKind  Field
}

func fixed24Tables() fixed24Set {
	idKinds := coded("id_kind", 1, []Code{
		{"1", int64(IDCard)}, {"2", int64(IDPassport)}, {"3", int64(IDOfficer)}, {"4", int64(IDSoldier)},
		{"5", int64(IDHomeReturn)}, {"6", int64(IDHousehold)}, {"7", int64(IDLicence)}, {"8", int64(IDOrganisation)}, {"9", int64(IDOther)},
	})
	currency := coded("currency", 1, currencies("0", "1", "2"))
	var s fixed24Set
	s.idKind = labelled("CardType", idKinds)
	s.accounts = []Field{
		labelled("bCustAcct", text("bank_account", 32)),
		labelled("sCustAcct", text("fund_account", 20)),
		currency,
	}
	s.party = append([]Field{
		text("name", 60),
		optional(coded("client_kind", 1, words("0", "1"))),
		s.idKind,
		labelled("Card", text("id_number", 32)),
		optional(text("mobile", 20)),
		optional(text("branch", 8)),
	}, s.accounts...)
	s.bankPassword = labelled("bCustPwd", optional(raw("bank_password", PINDigits.Bytes())))
	s.fundPassword = optional(raw("fund_password", PINDigits.Bytes()))
	s.transfer = append([]Field{labelled("OccurBala", fen("amount", 16))}, s.accounts...)
	s.original = []Field{
		coded("original_initiator", 1, words("0", "1")), date("original_date"),
		optional(text("original_broker_serial", 20)), optional(text("original_bank_serial", 20)),
		optional(text("original_platform_serial", 20)),
	}
	return s
}

func with(fields []Field, more ...Field) []Field {
	return append(append([]Field(nil), fields...), more...)
}

// account lists the functions of the account class and the session.
func (s fixed24Set) account() []Layout {
	keys := []Field{
		number("key_generation", 10), raw("pin_key", keyBytes), raw("pin_check", checkBytes),
		raw("mac_key", keyBytes), raw("mac_check", checkBytes),
	}
	operator := []Field{optional(text("operator", 8))}
	newData := []Field{
		optional(text("new_name", 60)),
		optional(coded("new_id_kind", 1, words("1", "2", "3", "4", "5", "6", "7", "8", "9"))),
		optional(text("new_id_number", 32)), optional(text("new_mobile", 20)),
	}
	newAccount := labelled("bNewAcct", text("new_bank_account", 32))
	return []Layout{
		{FunctionSignIn, "24901", "25901", operator, nil},
		{FunctionSignOut, "24902", "25902", operator, nil},
		{FunctionKeyExchange, "26700", "25700", keys, []Field{keys[0], keys[2], keys[4]}},
		{FunctionProbe, "24905", "25905", nil, nil},
		{FunctionPreDesignate, "26611", "25611", s.party, s.accounts},
		{FunctionConfirm, "26702", "25752", with(s.party, s.bankPassword), s.accounts},
		{FunctionSignOneStep, "26701", "25751", with(s.party, s.bankPassword, s.fundPassword), s.accounts},
		{FunctionCancelContract, "26703", "25753", with(s.party, s.fundPassword), s.accounts},
		{FunctionChangeBankAccount, "26710", "25710", with(s.party, newAccount, s.bankPassword), with(s.accounts, newAccount)},
		{FunctionChangeClientData, "26704", "25754", with(s.party, newData...), s.accounts},
		{FunctionChangeCustodyBank, "26713", "25713", with(s.party, text("new_bank", 8)), s.accounts},
		{FunctionIdentityCheck, "24605", "25605", s.party, []Field{coded("match", 1, words("0", "1", "2", "3"))}},
	}
}

// rest lists transfers, enquiries, interest and files.
func (s fixed24Set) rest() []Layout {
	remark := optional(text("remark", 40))
	transfer := with(s.transfer, s.bankPassword, s.fundPassword, remark, optional(s.idKind), optional(labelled("Card", text("id_number", 32))))
	reversal := with(s.original, s.transfer...)
	states := coded("transfer_state", 1, words("0", "1", "2", "3", "4", "5"))
	interest := []Field{coded("interest_kind", 1, words("1", "2")), fen("interest", 16), fen("tax", 16)}
	notice := []Field{text("file_name", 40), number("file_size", 12), raw("file_sha256", 32), number("file_chunks", 8)}
	index := number("chunk_index", 8)
	remit := []Field{
		coded("market", 1, words("1", "2", "3")), coded("back", 1, yesNo("0", "1")), coded("currency", 1, currencies("0", "1", "2")), fen("amount", 16),
	}
	return []Layout{
		{FunctionDeposit, "24701", "25701", transfer, s.transfer},
		{FunctionWithdrawal, "24702", "25702", transfer, s.transfer},
		{FunctionReverseDeposit, "24703", "25703", with(reversal, remark), reversal},
		{FunctionReverseWithdrawal, "24704", "25704", with(reversal, remark), reversal},
		{FunctionRemit, "24721", "", remit, remit},
		{FunctionQueryTransfer, "24706", "25706", s.original, with(s.original, states, fen("amount", 16))},
		{FunctionQueryBankBalance, "24603", "", with(s.accounts, s.bankPassword), with(s.accounts, fen("balance", 16), fen("available", 16))},
		{
			FunctionQueryLedgerBalance, "", "25603", with(s.accounts, s.fundPassword),
			with(s.accounts, signed(fen("balance", 17)), fen("available", 16), fen("withdrawable", 16)),
		},
		{FunctionPostInterest, "26712", "25712", with(s.accounts, interest...), s.accounts},
		{FunctionFileReady, "24908", "25908", notice, notice[:1]},
		{FunctionFileSend, "24903", "25903", with(notice, index, base64Text("chunk_data", 8_000)), []Field{notice[0], index}},
		{FunctionFileFetch, "24904", "25904", notice[:1], notice[:1]},
		{FunctionFilesDone, "24909", "25909", []Field{number("file_count", 4)}, []Field{number("file_count", 4)}},
	}
}
