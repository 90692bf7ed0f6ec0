package settle

import (
	"context"
	"fmt"

	"sancun/custody"
	"sancun/journal"
	"sancun/record"
	"sancun/state"
)

// Core is the centre the day end works on.
type Core interface {
	// Submit decides requests in their order and waits until they are durable.
	Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error)
	// Look runs a read-only function on the running machine.
	Look(ctx context.Context, look func(*custody.Machine)) error
	// MachineAt builds the state as it was after a height. The caller owns it.
	MachineAt(height uint64) (*custody.Machine, error)
	// Blocks reads durable blocks from a height up to the head; a block is valid
	// during the call only.
	Blocks(from uint64, fn func(*journal.Block) error) error
	// Head returns the last durable position.
	Head() (journal.Position, <-chan struct{})
}

// house is who submits: the day end is the house itself.
var house = record.CallerOf(record.CallerSystem, 0)

// keyed returns a request under a key of the day end.
func keyed(own string, cmd record.Command) record.Request {
	return record.Request{Caller: house, Key: record.KeyFor(house, own), Cmd: cmd}
}

// submitMax bounds the requests of one submission: their records, of up to half a
// megabyte each, fill a few blocks, and enquiries in between wait for a tenth of a
// second at most.
const submitMax = 16

// submitAll submits requests in groups and hands every answer to took, which
// judges it. Order is kept: a group is submitted when the one before is durable.
func submitAll(ctx context.Context, core Core, requests []record.Request, group int, took func(i int, a state.Answer) error) error {
	for from := 0; from < len(requests); from += group {
		part := requests[from:min(from+group, len(requests))]
		answers, err := core.Submit(ctx, part...)
		if err != nil {
			return fmt.Errorf("submit %d of %d commands: %w", from, len(requests), err)
		}
		for i, a := range answers {
			if err := took(from+i, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// accepted turns a rejection into an error.
func accepted(cmd record.Command, a state.Answer, also ...record.Code) error {
	code := record.Code(a.Code)
	if code == record.Accepted {
		return nil
	}
	for _, c := range also {
		if code == c {
			return nil
		}
	}
	return &RefusedError{Kind: cmd.Kind(), Code: code, Ref: a.Ref}
}
