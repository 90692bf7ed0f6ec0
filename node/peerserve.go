package node

import (
	"context"
	"encoding/json"
	"net/http"
)

// servePeer answers the other centre until ctx ends.
func (n *Node) servePeer(ctx context.Context) error {
	mux := http.NewServeMux()
	p := n.peer
	mux.HandleFunc("POST /1/file", p.goods.serveFile)
	answering(mux, "keys", func(ctx context.Context, q keysQuestion) (keysAnswer, error) {
		return p.keys.shelf.tell(ctx, q, func() uint64 {
			head, err := n.Core.Stored()
			if err != nil {
				return 0
			}
			return head.Height
		})
	})
	answering(mux, "keys/part", p.keys.part)
	answering(mux, "orphans", p.orphans.lists)
	answering(mux, "orphans/rows", p.orphans.rows)
	answering(mux, "blocks", n.Core.blocks)
	answering(mux, "tables", p.past.answer)
	answering(mux, "face", n.face)
	return p.door.serve(ctx, mux, n.log)
}

func readQuestion(w http.ResponseWriter, r *http.Request, q any) error {
	return json.NewDecoder(http.MaxBytesReader(w, r.Body, peerAnswerMax)).Decode(q)
}
