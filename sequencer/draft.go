package sequencer

import (
	"sancun/internal/planted"
	"sancun/journal"
)

// pending is a block on its way to the writer.
type pending struct {
	header  journal.Header
	body    []byte
	records int
	shows   bool // somebody who asked or looked waits for it, not only the house itself
	batches []*Batch
}

// house says whether nothing of the block leaves the house: it only carries looks
// between two blocks, which want what they saw to be durable here and no more.
func (p *pending) house() bool { return p.records == 0 && !p.shows }

// drafter is the deciding half of a sequencer: it owns the machine, decides
// batches one after another and fills blocks. It knows no goroutine and no store.
type drafter struct {
	options *Options
	machine Machine
	height  uint64 // of the last block handed over
	last    int64  // time of the last block
	block   *pending
}

// begun says whether the open block has records.
func (d *drafter) begun() bool { return d.block != nil && d.block.records > 0 }

// open starts a block if none is open. Its records go into the buffer that spare
// gives.
func (d *drafter) open(spare func() []byte) {
	if d.block != nil {
		return
	}
	d.last = max(d.last, d.options.Now().UnixNano())
	if planted.In(planted.TimeFalls) {
		d.last = d.options.Now().UnixNano()
	}
	d.block = &pending{header: journal.Header{
		Kind: d.options.Kind, Cell: d.options.Cell, Epoch: d.options.Epoch, Height: d.height + 1, Time: d.last,
	}}
	d.machine.Begin(spare(), d.height+1, d.last)
}

// take decides a batch. When the open block is full it asks full to hand it over,
// and gives up when that fails; the batch is then in no block.
func (d *drafter) take(b *Batch, spare func() []byte, full func() bool) bool {
	if b.Between != nil && d.begun() && !full() {
		return false
	}
	d.open(spare)
	if b.Between != nil {
		b.Between(d.height)
	}
	if b.Read != nil {
		b.Read()
	}
	for i := range b.Requests {
		if d.block.records >= BlockRecords || len(d.machine.Body()) >= BlockBytes {
			if !full() {
				return false
			}
			d.open(spare)
		}
		before := len(d.machine.Body())
		b.Answers = append(b.Answers, d.machine.Decide(b.Requests[i]))
		if len(d.machine.Body()) > before {
			d.block.records++
		}
	}
	d.block.batches = append(d.block.batches, b)
	d.block.shows = d.block.shows || b.Read != nil || len(b.Requests) > 0
	return true
}

// close ends the open block. A block without records only carries answers and
// reads; it takes no height, and its answers leave with the block before it. What
// the house itself looks at between two blocks does not leave.
func (d *drafter) close() *pending {
	p := d.block
	d.block = nil
	p.body = d.machine.Body()
	if p.records == 0 {
		p.header.Height = d.height
		return p
	}
	d.height++
	if d.height%d.options.RootEvery == 0 {
		p.header.HasStateRoot, p.header.EarlierRoot = true, true
		p.header.StateRoot = journal.Hash(d.machine.NextRoot())
	}
	return p
}

// binder is the writing half of a sequencer: it owns the engine and seals and
// appends blocks in their order.
type binder struct {
	options *Options
	engine  journal.Engine
	sealer  journal.Sealer
	head    journal.Position
}

// persist seals and appends one block. When it returns without error the block is
// durable, and only then may anybody be told.
func (w *binder) persist(p *pending) error {
	p.header.Previous = w.head.Hash
	block, err := w.sealer.Seal(p.header, p.body)
	if planted.In(planted.StoredEarly) && err == nil && w.options.Stored != nil {
		w.options.Stored(&block)
	}
	if err == nil {
		err = w.engine.Append(&block)
	}
	if err != nil && !planted.In(planted.AppendIgnored) {
		return err
	}
	p.header = block.Header
	w.head = block.Position()
	if w.options.Stored != nil {
		w.options.Stored(&block)
	}
	return nil
}
