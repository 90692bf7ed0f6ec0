package node

import (
	"context"
	"fmt"
	"path"
	"time"

	"sancun/calendar"
	"sancun/internal/durable"
)

// requestFolder asks the clearing house for files again by leaving a note in a
// folder that the program which speaks to it empties: <folder>/<yyyymmdd>/<file>.request
// (docs/formats/clearing-archive.md).
type requestFolder struct {
	folder string
	now    func() time.Time
}

// Resend leaves the note. The same file asked for again replaces it.
func (r requestFolder) Resend(_ context.Context, date calendar.Date, name string) error {
	folder := path.Join(r.folder, date.Compact())
	if err := (durable.OS{}).MakeDir(folder); err != nil {
		return err
	}
	note := fmt.Sprintf("RESEND|1|%s|%s|%s\n", date.Compact(), name, r.now().Format(time.RFC3339))
	return durable.ReplaceFile(durable.OS{}, path.Join(folder, name+".request"), []byte(note))
}
