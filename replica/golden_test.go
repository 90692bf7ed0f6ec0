package replica_test

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"sancun/journal"
	"sancun/replica"
)

// The bytes of every message, as docs/formats/replication.md draws them.
func TestGoldenBytes(t *testing.T) {
	at := journal.Position{Cell: 0x01020304, Epoch: 5, Height: 0x0a0b, Time: -2}
	for i := range at.Hash {
		at.Hash[i] = byte(i)
	}
	messages := []replica.Message{
		&replica.Hello{VersionMin: 1, VersionMax: 2, Cell: 3, Centre: "南", Fence: 4, Stored: at, Applied: 6, Time: 7},
		&replica.Welcome{Version: 1, Centre: "a", Epoch: 2, Head: at, Time: 3, Echo: 4},
		&replica.Refusal{Reason: replica.ReasonParted, Height: 9, Text: "no"},
		&replica.Blocks{Head: 1, Durable: 2, Sent: 3, Raw: []byte{0xaa, 0xbb}},
		&replica.Ack{Stored: at, Applied: 1, RootAt: 2, Root: at.Hash, Fence: 3, Disagree: true, Echo: 4, Time: 5},
		&replica.Beat{Head: 1, Released: 2, Epoch: 3, Mode: 1, Synced: true, Sent: 4},
		&replica.Ask{Heights: []uint64{1, 2}},
		&replica.Marks{Positions: []journal.Position{at}},
		&replica.Fetch{Height: 7},
		&replica.Fetched{Height: 7, Raw: []byte{1}},
	}
	var got strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&got, "%s %s\n", strings.TrimPrefix(fmt.Sprintf("%T", m), "*replica."), hex.EncodeToString(replica.Append(nil, m)))
	}
	want, err := os.ReadFile("testdata/messages.hex")
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the bytes on the wire changed; a change needs a new protocol version\ngot\n%swant\n%s", got.String(), want)
	}
}
