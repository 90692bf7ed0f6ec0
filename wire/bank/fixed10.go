package bank

// Fixed10 is a fixed-length format with six-digit codes of the family in domain
// facts C: 1xxxxx when the bank starts, 2xxxxx when the broker does, so 102001
// and 202001 are the deposit, 102002 and 202002 the withdrawal. Amounts are
// yuan with a decimal point, text is GBK, the length prefix is binary, the MAC
// is SM3-HMAC of 16 bytes, PIN blocks hold text.
//
// Only the codes 102001, 102002, 202001 and 202002 are from a source; the rest
// of the numbers, the widths and the order are our assumption.
func Fixed10() Format {
	t := fixed10Tables()
	return Format{
		Name: "fixed10", Style: StyleFixed, Charset: GBK, Prefix: PrefixBinary4,
		FrameMax: 64 << 10, ChunkMax: 32 << 10,
		MAC: MACSM3HMAC, MACWidth: 16, PIN: PINText,
		Header: []Field{
			functionCode(6),
			number("version", 4),
			coded("reply", 3, yesNo("REQ", "ACK")),
			date("date"),
			clock("time"),
			optional(text("platform_serial", 24)),
			optional(text("bank_serial", 24)),
			optional(text("broker_serial", 24)),
			text("sender", 12),
			text("receiver", 12),
			number("key_set", 10),
			number("epoch", 18),
		},
		ReplyHead: []Field{
			coded("status", 2, words("00", "01", "02", "03", "09")),
			optional(coded("first_status", 2, words("00", "01", "02", "03", "09"))),
			text("error_code", 8),
			optional(text("error_text", 100)),
		},
		Layouts: append(t.account(), t.rest()...),
	}
}

// fixed10Set holds the rows that several tables of Fixed10 share.
type fixed10Set struct {
	party, accounts, transfer, original []Field
	bankPassword, fundPassword          Field
}

func fixed10Tables() fixed10Set {
	var s fixed10Set
	s.accounts = []Field{
		text("fund_account", 24),
		text("bank_account", 24),
		coded("currency", 3, currencies("CNY", "HKD", "USD")),
	}
	s.party = append([]Field{
		optional(coded("client_kind", 1, words("P", "O"))),
		text("name", 100),
		coded("id_kind", 2, words("00", "01", "02", "03", "04", "05", "06", "07", "99")),
		text("id_number", 40),
		optional(text("branch", 12)),
	}, s.accounts...)
	s.bankPassword = optional(raw("bank_password", PINText.Bytes()))
	s.fundPassword = optional(raw("fund_password", PINText.Bytes()))
	s.transfer = append(with(s.accounts), yuan("amount", 18))
	s.original = []Field{
		date("original_date"), coded("original_initiator", 1, words("S", "B")),
		optional(text("original_platform_serial", 24)), optional(text("original_bank_serial", 24)),
		optional(text("original_broker_serial", 24)),
	}
	return s
}

func (s fixed10Set) account() []Layout {
	keys := []Field{
		number("key_generation", 10), raw("mac_key", keyBytes), raw("mac_check", checkBytes),
		raw("pin_key", keyBytes), raw("pin_check", checkBytes),
	}
	operator := []Field{optional(text("operator", 16))}
	newData := []Field{
		optional(coded("new_id_kind", 2, words("00", "01", "02", "03", "04", "05", "06", "07", "99"))),
		optional(text("new_id_number", 40)), optional(text("new_name", 100)),
	}
	newAccount := text("new_bank_account", 24)
	return []Layout{
		{FunctionSignIn, "209001", "109001", operator, nil},
		{FunctionSignOut, "209002", "109002", operator, nil},
		{FunctionKeyExchange, "209003", "109003", keys, []Field{keys[0], keys[2], keys[4]}},
		{FunctionProbe, "209004", "109004", nil, nil},
		{FunctionPreDesignate, "201001", "101001", s.party, s.accounts},
		{FunctionConfirm, "201002", "101002", with(s.party, s.bankPassword), s.accounts},
		{FunctionSignOneStep, "201003", "101003", with(s.party, s.fundPassword, s.bankPassword), s.accounts},
		{FunctionChangeBankAccount, "201004", "101004", with(s.party, s.bankPassword, newAccount), with(s.accounts, newAccount)},
		{FunctionChangeClientData, "201005", "101005", with(s.party, newData...), s.accounts},
		{FunctionChangeCustodyBank, "201006", "101006", with(s.party, text("new_bank", 12)), s.accounts},
		{FunctionCancelContract, "201008", "101008", with(s.party, s.fundPassword), s.accounts},
		{FunctionIdentityCheck, "201011", "101011", s.party, []Field{coded("match", 1, words("Y", "N", "P", "A"))}},
	}
}

func (s fixed10Set) rest() []Layout {
	remark := optional(text("remark", 60))
	transfer := with(s.transfer, remark, s.fundPassword, s.bankPassword)
	reversal := with(s.original, s.transfer...)
	states := coded("transfer_state", 1, words("N", "P", "S", "F", "R", "X"))
	interest := []Field{coded("interest_kind", 1, words("Q", "C")), yuan("interest", 18), yuan("tax", 18)}
	notice := []Field{text("file_name", 64), number("file_chunks", 10), number("file_size", 15), raw("file_sha256", 32)}
	index := number("chunk_index", 10)
	remit := []Field{
		coded("back", 3, yesNo("OUT", "BCK")), coded("market", 2, words("SH", "SZ", "BJ")), coded("currency", 3, currencies("CNY", "HKD", "USD")), yuan("amount", 18),
	}
	return []Layout{
		{FunctionDeposit, "202001", "102001", transfer, s.transfer},
		{FunctionWithdrawal, "202002", "102002", transfer, s.transfer},
		{FunctionReverseDeposit, "203001", "103001", with(reversal, remark), reversal},
		{FunctionReverseWithdrawal, "203002", "103002", with(reversal, remark), reversal},
		{FunctionRemit, "206001", "", remit, remit},
		{FunctionQueryTransfer, "204003", "104003", s.original, with(s.original, states, yuan("amount", 18))},
		{FunctionQueryBankBalance, "204002", "", with(s.accounts, s.bankPassword), with(s.accounts, yuan("balance", 18), yuan("available", 18))},
		{
			FunctionQueryLedgerBalance, "", "104001", with(s.accounts, s.fundPassword),
			with(s.accounts, signed(yuan("balance", 18)), yuan("available", 18), yuan("withdrawable", 18)),
		},
		{FunctionPostInterest, "201007", "101007", with(s.accounts, interest...), s.accounts},
		{FunctionFileReady, "205001", "105001", notice, notice[:1]},
		{FunctionFileSend, "205002", "105002", with(notice, index, base64Text("chunk_data", 43_692)), []Field{notice[0], index}},
		{FunctionFileFetch, "205003", "105003", notice[:1], notice[:1]},
		{FunctionFilesDone, "205004", "105004", []Field{number("file_count", 6)}, []Field{number("file_count", 6)}},
	}
}
