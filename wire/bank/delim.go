package bank

// Delim is a format of fields that end with '|', after a length of six digits.
// Its function codes are the section numbers of the transaction list in domain
// facts B.3 (0401 is the deposit, started by either side); the header says who
// started. Amounts are fen without padding, text is GB18030, the MAC is
// SM3-HMAC of 16 bytes, PIN blocks hold text.
//
// The style is that of the day-end files of B.6; codes of sections 01, 02 and
// 0312, widths and order are our assumption.
func Delim() Format {
	t := delimTables()
	return Format{
		Name: "delim", Style: StyleDelimited, Separator: '|', Charset: GB18030, Prefix: PrefixDigits6,
		FrameMax: 128 << 10, ChunkMax: 48 << 10,
		MAC: MACSM3HMAC, MACWidth: 16, PIN: PINText,
		Header: []Field{
			functionCode(4),
			coded("reply", 1, yesNo("Q", "A")),
			number("version", 3),
			coded("initiator", 1, words("0", "1")),
			date("date"),
			clock("time"),
			text("sender", 12),
			text("receiver", 12),
			optional(text("bank_serial", 32)),
			optional(text("broker_serial", 32)),
			optional(text("platform_serial", 32)),
			number("epoch", 18),
			number("key_set", 10),
		},
		ReplyHead: []Field{
			coded("status", 1, words("0", "1", "2", "3", "9")),
			text("error_code", 8),
			optional(coded("first_status", 1, words("0", "1", "2", "3", "9"))),
			optional(text("error_text", 200)),
		},
		Layouts: append(t.account(), t.rest()...),
	}
}

// delimSet holds the rows that several tables of Delim, and of XML, share.
type delimSet struct {
	party, accounts, transfer, original []Field
	bankPassword, fundPassword, idKind  Field
	amount                              func(name string) Field // how amounts are spelled
}

func delimTables() delimSet {
	s := delimSet{amount: func(name string) Field { return fen(name, 18) }}
	s.idKind = coded("id_kind", 2, words("10", "20", "21", "22", "23", "24", "30", "31", "99"))
	s.accounts = []Field{
		text("bank_account", 32),
		text("fund_account", 32),
		coded("currency", 3, currencies("0", "1", "2")),
	}
	s.party = append(with(s.accounts),
		text("name", 120),
		optional(coded("client_kind", 1, words("0", "1"))),
		s.idKind,
		text("id_number", 40),
		optional(text("mobile", 24)),
		optional(text("branch", 12)),
	)
	s.bankPassword = optional(raw("bank_password", PINText.Bytes()))
	s.fundPassword = optional(raw("fund_password", PINText.Bytes()))
	s.transfer = with(s.accounts, s.amount("amount"))
	s.original = []Field{
		coded("original_initiator", 1, words("0", "1")), date("original_date"),
		optional(text("original_bank_serial", 32)), optional(text("original_broker_serial", 32)),
		optional(text("original_platform_serial", 32)),
	}
	return s
}

// both is a layout whose code is the same whoever starts.
func both(f Function, code string, request, reply []Field) Layout {
	return Layout{Function: f, BrokerCode: code, BankCode: code, Request: request, Reply: reply}
}

func (s delimSet) account() []Layout {
	keys := []Field{
		number("key_generation", 10), raw("pin_key", keyBytes), raw("mac_key", keyBytes),
		raw("pin_check", checkBytes), raw("mac_check", checkBytes),
	}
	operator := []Field{optional(text("operator", 16))}
	newData := []Field{
		optional(text("new_name", 120)),
		optional(coded("new_id_kind", 2, words("10", "20", "21", "22", "23", "24", "30", "31", "99"))),
		optional(text("new_id_number", 40)), optional(text("new_mobile", 24)),
	}
	newAccount := text("new_bank_account", 32)
	return []Layout{
		both(FunctionSignIn, "0101", operator, nil),
		both(FunctionSignOut, "0102", operator, nil),
		both(FunctionKeyExchange, "0103", keys, []Field{keys[0], keys[3], keys[4]}),
		both(FunctionProbe, "0104", nil, nil),
		both(FunctionPreDesignate, "0301", s.party, s.accounts),
		both(FunctionConfirm, "0302", with(s.party, s.bankPassword), s.accounts),
		both(FunctionSignOneStep, "0303", with(s.party, s.bankPassword, s.fundPassword), s.accounts),
		both(FunctionChangeBankAccount, "0304", with(s.party, newAccount, s.bankPassword), with(s.accounts, newAccount)),
		both(FunctionChangeClientData, "0305", with(s.party, newData...), s.accounts),
		both(FunctionChangeCustodyBank, "0306", with(s.party, text("new_bank", 12)), s.accounts),
		both(FunctionCancelContract, "0308", with(s.party, s.fundPassword), s.accounts),
		both(FunctionIdentityCheck, "0311", s.party, []Field{coded("match", 1, words("0", "1", "2", "3"))}),
	}
}

func (s delimSet) rest() []Layout {
	remark := optional(text("remark", 120))
	transfer := with(s.transfer, s.bankPassword, s.fundPassword, remark, optional(text("name", 120)), optional(s.idKind), optional(text("id_number", 40)))
	reversal := with(s.original, s.transfer...)
	states := coded("transfer_state", 1, words("0", "1", "2", "3", "4", "5"))
	interest := []Field{coded("interest_kind", 1, words("1", "2")), s.amount("interest"), s.amount("tax")}
	notice := []Field{text("file_name", 64), number("file_size", 15), number("file_chunks", 10), raw("file_sha256", 32)}
	index := number("chunk_index", 10)
	balance := signed(s.amount("balance"))
	balance.Width++ // for the sign
	remit := []Field{
		coded("market", 1, words("1", "2", "3")), coded("back", 1, yesNo("0", "1")), coded("currency", 3, currencies("0", "1", "2")), s.amount("amount"),
	}
	return []Layout{
		both(FunctionDeposit, "0401", transfer, s.transfer),
		both(FunctionWithdrawal, "0402", transfer, s.transfer),
		both(FunctionReverseDeposit, "0403", with(reversal, remark), reversal),
		both(FunctionReverseWithdrawal, "0404", with(reversal, remark), reversal),
		{FunctionRemit, "0411", "", remit, remit},
		both(FunctionQueryTransfer, "0312", s.original, with(s.original, states, s.amount("amount"))),
		{FunctionQueryBankBalance, "0310", "", with(s.accounts, s.bankPassword), with(s.accounts, s.amount("balance"), s.amount("available"))},
		{
			FunctionQueryLedgerBalance, "", "0309", with(s.accounts, s.fundPassword),
			with(s.accounts, balance, s.amount("available"), s.amount("withdrawable")),
		},
		both(FunctionPostInterest, "0307", with(s.accounts, interest...), s.accounts),
		both(FunctionFileReady, "0201", notice, notice[:1]),
		both(FunctionFileSend, "0202", with(notice, index, base64Text("chunk_data", 65_536)), []Field{notice[0], index}),
		both(FunctionFileFetch, "0203", notice[:1], notice[:1]),
		both(FunctionFilesDone, "0204", []Field{number("file_count", 6)}, []Field{number("file_count", 6)}),
	}
}
