package api

import (
	"bytes"
	"encoding/binary"
	"testing"

	"sancun/record"
)

// encodeCompact writes what decodeCompact read.
func encodeCompact(t *testing.T, requests []record.Request) []byte {
	t.Helper()
	le := binary.LittleEndian
	out := le.AppendUint32([]byte(batchMagic), uint32(len(requests)))
	for _, r := range requests {
		var head [4]byte
		var instrument uint32
		var fund, a, b uint64
		var date uint32
		if c, dated := r.Cmd.(*record.DatedOrder); dated {
			r.Cmd, date = &c.NewOrder, c.Date
		}
		switch c := r.Cmd.(type) {
		case *record.AskDeposit:
			head[0], fund, a = itemDeposit, c.Fund, uint64(c.Amount)
		case *record.NewOrder:
			head = [4]byte{itemOrder, c.Side, c.Category, c.Type}
			instrument, fund, a, b = c.Instrument, c.Fund, uint64(c.Price), uint64(c.Quantity)
		case *record.CancelOrder:
			head[0], fund, a = itemCancel, c.Fund, c.Order
		default:
			t.Fatalf("a batch held %T", c)
		}
		out = le.AppendUint64(le.AppendUint64(le.AppendUint64(le.AppendUint32(append(out, head[:]...), instrument), fund), a), b)
		out = append(le.AppendUint32(out, date), make([]byte, 12)...)
	}
	return out
}

// FuzzCompact reads anything: what is taken writes the same bytes again, so no
// two texts mean one batch and no field comes in that the form does not have.
func FuzzCompact(f *testing.F) {
	item := func(b ...byte) []byte { return append(b, make([]byte, itemBytes-len(b))...) }
	head := func(n byte) []byte { return append([]byte(batchMagic), n, 0, 0, 0) }
	f.Add([]byte{})
	f.Add(head(0))
	f.Add(append(head(1), item(itemDeposit, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9)...))
	f.Add(append(head(1), item(itemDeposit, 1, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9)...))
	f.Add(append(head(1), item(itemOrder, 1, 1, 1, 0x81, 0x84, 0x1e, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 100)...))
	f.Add(append(head(1), item(itemOrder, 1, 1, 1, 0x81, 0x84, 0x1e, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0, 0x1c, 0xb4, 0x34, 1)...))
	f.Add(append(head(2), append(item(itemCancel, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9), item(itemCancel)...)...))
	f.Add(append(head(1), bytes.Repeat([]byte{0xff}, itemBytes)...))
	f.Fuzz(func(t *testing.T, body []byte) {
		requests, err := decodeCompact(body, record.ChannelAPI)
		if err != nil {
			return
		}
		if again := encodeCompact(t, requests); !bytes.Equal(again, body) {
			t.Errorf("%x was read as %x", body, again)
		}
		for _, r := range requests {
			if d, ok := r.Cmd.(*record.AskDeposit); ok && (d.SecondFactor != 0 || d.Amount <= 0 || d.Channel != record.ChannelAPI) {
				t.Errorf("a deposit came in as %+v", d)
			}
		}
	})
}

// FuzzUsers reads anything as a file of users without a panic, and whoever it
// lets in has a role and a number that fit.
func FuzzUsers(f *testing.F) {
	f.Add([]byte(`{"users":[{"name":"li","roles":["broker-maker","broker-checker"],"number":3,"hash":"x"}]}`))
	f.Add([]byte(`{"users":[{"name":"li","roles":["investor"],"client":3,"hash":"x"},{"name":"li","roles":["investor"],"client":3,"hash":"x"}]}`))
	f.Add([]byte(`{"users":[{"name":"li","roles":["bank-desk"],"number":3,"bank":1,"hash":"x"}]}{}`))
	f.Add([]byte(`{"users":[{"name":"li","roles":["god"],"number":3,"hash":"x"}]}`))
	f.Add([]byte(`{"users":[{"name":"li","admin":true}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		users, err := ParseUsers(text)
		if err != nil {
			return
		}
		for name, u := range users {
			if u.Name != name || u.roles == 0 || u.caller().Number() == 0 && u.caller() != record.CallerOf(u.caller().Class(), u.Number|u.Client) {
				t.Errorf("%s came in as %+v", name, u)
			}
		}
	})
}

func TestParseUsers(t *testing.T) {
	for name, text := range map[string]string{
		"two roles that do not go together": `{"users":[{"name":"li","roles":["investor","auditor"],"client":3,"hash":"x"}]}`,
		"an investor without a client":      `{"users":[{"name":"li","roles":["investor"],"hash":"x"}]}`,
		"staff without a number":            `{"users":[{"name":"li","roles":["auditor"],"hash":"x"}]}`,
		"staff with a client":               `{"users":[{"name":"li","roles":["auditor"],"number":1,"client":3,"hash":"x"}]}`,
		"a desk without a bank":             `{"users":[{"name":"li","roles":["bank-desk"],"number":1,"hash":"x"}]}`,
		"a desk that is staff":              `{"users":[{"name":"li","roles":["bank-desk","auditor"],"number":1,"bank":1,"hash":"x"}]}`,
		"an unknown role":                   `{"users":[{"name":"li","roles":["root"],"number":1,"hash":"x"}]}`,
		"no role":                           `{"users":[{"name":"li","roles":[],"number":1,"hash":"x"}]}`,
		"no password":                       `{"users":[{"name":"li","roles":["auditor"],"number":1}]}`,
		"an unknown field":                  `{"users":[{"name":"li","roles":["auditor"],"number":1,"hash":"x","su":1}]}`,
		"a name with a line feed":           `{"users":[{"name":"li\n","roles":["auditor"],"number":1,"hash":"x"}]}`,
		"one name twice":                    `{"users":[{"name":"li","roles":["auditor"],"number":1,"hash":"x"},{"name":"li","roles":["auditor"],"number":2,"hash":"x"}]}`,
		"something behind it":               `{"users":[]} {}`,
		"not JSON":                          `users: []`,
	} {
		if users, err := ParseUsers([]byte(text)); err == nil {
			t.Errorf("%s: %v", name, users)
		}
	}
	users, err := ParseUsers([]byte(`{"users":[{"name":"li","roles":["broker-maker","broker-checker"],"number":7,"hash":"x"},{"name":"icbc.1","roles":["bank-desk"],"number":7,"bank":3,"hash":"x"}]}`))
	if err != nil || users["li"].caller() != record.CallerOf(record.CallerStaff, 7) || users["icbc.1"].caller() != record.CallerOf(record.CallerBankDesk, 7) {
		t.Errorf("%v %v", users, err)
	}
}
