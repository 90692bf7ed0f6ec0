package node

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"sancun/calendar"
	"sancun/issues"
	"sancun/record"
)

// errNoCalendar reports a date of which the calendar of issues says nothing.
var errNoCalendar = errors.New("the calendar of issues does not speak of the date")

// ReadIssues reads a calendar of issues from its file. An error wraps
// issues.ErrFile when the content is at fault.
func ReadIssues(path string) (*issues.Calendar, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the calendar of issues: %w", err)
	}
	defer f.Close() // read only: nothing to lose
	c, err := issues.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// IssuesOf returns a function for QuoteOptions.Issues that reads the file anew each
// time, so that operations can bring it up to date overnight. What is wrong with
// the file is logged: it must not keep the day's list from being loaded.
func IssuesOf(path string, log *slog.Logger) func(calendar.Date) ([]record.IssueData, error) {
	return func(date calendar.Date) ([]record.IssueData, error) {
		c, err := ReadIssues(path)
		if err != nil {
			log.Error("no issue is open: the calendar cannot be read", "date", date.Compact(), "error", err)
			return nil, err
		}
		of, known := c.On(date)
		if !known {
			log.Error("no issue is open: the calendar does not speak of the date", "date", date.Compact(), "path", path)
			return nil, errNoCalendar
		}
		rows := make([]record.IssueData, len(of))
		for n, i := range of {
			rows[n] = record.IssueData{Code: uint32(i.Code), Security: uint32(i.Security), Price: i.Price, Unit: uint32(i.Unit), Max: i.Max}
		}
		return rows, nil
	}
}
