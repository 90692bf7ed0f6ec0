package bank

// XML is the tagged format: the elements of docs/formats/bank.md in GB18030,
// which the prolog declares. Function codes are the section numbers of the
// transaction list in domain facts B.3, as in Delim, and the header says who
// started. Amounts are yuan with a decimal point, PIN blocks hold text, the MAC
// is SM3-HMAC of 32 bytes over every element but itself.
//
// That the family of standards has XML messages with a header of version,
// sender, receiver, date and time, the institutions' serials, and a MAC is
// remembered, not read (domain facts C); message and element names are our
// assumption.
func XML() Format { return xmlFormat("xml", GB18030) }

// XMLUTF8 is XML in UTF-8.
func XMLUTF8() Format { return xmlFormat("xml-utf8", UTF8) }

func xmlFormat(name string, charset Charset) Format {
	t := xmlTables()
	f := Format{
		Name: name, Style: StyleTagged, Root: "Bkmsg", Charset: charset, Prefix: PrefixDigits6,
		FrameMax: 128 << 10, ChunkMax: 48 << 10,
		MAC: MACSM3HMAC, MACWidth: 32, PIN: PINText,
		Header: []Field{
			functionCode(4),
			coded("reply", 3, yesNo("Req", "Rsp")),
			number("version", 3),
			coded("initiator", 6, words("Broker", "Bank")),
			text("sender", 12),
			text("receiver", 12),
			date("date"),
			clock("time"),
			optional(text("broker_serial", 32)),
			optional(text("bank_serial", 32)),
			optional(text("platform_serial", 32)),
			number("epoch", 18),
			number("key_set", 10),
		},
		ReplyHead: []Field{
			coded("status", 1, words("S", "F", "N", "D", "U")),
			optional(coded("first_status", 1, words("S", "F", "N", "D", "U"))),
			text("error_code", 8),
			optional(text("error_text", 200)),
		},
		Layouts: append(t.account(), t.rest()...),
	}
	tag(f.Header, "Head")
	tag(f.ReplyHead, "Rst")
	for i := range f.Layouts {
		tag(f.Layouts[i].Request, "Body")
		tag(f.Layouts[i].Reply, "Body")
	}
	return f
}

// xmlElements names the element of every field.
var xmlElements = map[string]string{
	"function": "TrdCode", "reply": "MsgType", "version": "Ver", "initiator": "Init", "sender": "Sender", "receiver": "Recver",
	"date": "Date", "time": "Time", "broker_serial": "SecuSeq", "bank_serial": "BankSeq", "platform_serial": "PlatSeq",
	"epoch": "Epoch", "key_set": "KeySet",
	"status": "Sts", "first_status": "FirstSts", "error_code": "Code", "error_text": "Info",
	"operator": "OperNo", "key_generation": "KeyGen", "pin_key": "PinKey", "mac_key": "MacKey", "pin_check": "PinChk", "mac_check": "MacChk",
	"name": "Name", "client_kind": "CustType", "id_kind": "CertType", "id_number": "CertId", "mobile": "Mobile", "branch": "Branch",
	"bank_account": "BankAcct", "fund_account": "FundAcct", "currency": "Ccy",
	"bank_password": "BankPin", "fund_password": "FundPin",
	"new_name": "NewName", "new_id_kind": "NewCertType", "new_id_number": "NewCertId", "new_mobile": "NewMobile",
	"new_bank_account": "NewBankAcct", "new_bank": "NewBank", "match": "Match",
	"amount": "TrfAmt", "remark": "Remark", "balance": "CurBal", "available": "UseBal", "withdrawable": "FtchBal",
	"original_initiator": "OrgInit", "original_date": "OrgDate", "original_broker_serial": "OrgSecuSeq",
	"original_bank_serial": "OrgBankSeq", "original_platform_serial": "OrgPlatSeq", "transfer_state": "TrfSts",
	"interest_kind": "IntType", "interest": "Interest", "tax": "IntTax", "market": "MktCode", "back": "RtnFlag",
	"file_name": "FileName", "file_size": "FileLen", "file_chunks": "Chunks", "file_sha256": "Sha256", "file_count": "FileNum",
	"chunk_index": "ChunkNo", "chunk_data": "Data",
}

// tag puts fields into a section under the names of xmlElements. Tables share
// rows, so a row may be tagged more than once, and always alike.
func tag(fields []Field, section string) {
	for i := range fields {
		fields[i].Label, fields[i].Section = xmlElements[fields[i].Name], section
	}
}

// xmlTables are the rows of Delim with other words and amounts.
func xmlTables() delimSet {
	s := delimTables()
	s.amount = func(name string) Field { return Field{Name: name, Kind: KindYuan, Width: 20, Scoped: true} }
	s.accounts = []Field{text("fund_account", 32), text("bank_account", 32), coded("currency", 3, currencies("CNY", "HKD", "USD"))}
	s.party = append([]Field{
		text("name", 120),
		optional(coded("client_kind", 1, words("0", "1"))),
		coded("id_kind", 2, words("10", "20", "21", "22", "23", "24", "30", "31", "99")),
		text("id_number", 40),
		optional(text("mobile", 24)),
		optional(text("branch", 12)),
	}, s.accounts...)
	s.transfer = with(s.accounts, s.amount("amount"))
	return s
}
