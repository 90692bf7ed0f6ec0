package books

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Lines are looked for by fund account, and come in the order of time. Were they
// kept in the order of accounts, a commit of 10,000 lines would write 10,000 pages
// of millions, each twice, and readers would wait for the disk. So a commit adds
// its lines as one run at the end of their table, which costs a page for some fifty
// lines, and every later commit merges a little of what is there:
//
//	R1  A line is in exactly one run. A merge moves lines in the transaction of the
//	    commit, so readers never see one twice or not at all.
//	R2  Runs have levels by their size, a level holding sixteen times what the one
//	    below holds. When sixteen runs of a level are there, they are merged into one
//	    of a higher level; at most one merge a level goes on at a time.
//	R3  A commit moves for each merge no more than a little over the lines it brought,
//	    so that its time grows by a constant factor, and a merge still ends
//	    before the next sixteen runs of its level are there.
//	R4  A merge goes through the fund accounts in their order. Lines of one account
//	    move together, so that an account with very many moves in one commit.
//
// A line is thus written once more for every level it climbs, five or six times in a
// table of a thousand million, and a reader looks into some fifteen runs a level.
const (
	fan = 16
	// headway is how much faster than its lines come in a merge moves, in quarters.
	headway = 5
	// stride is the least that a commit moves for a merge, so that merges of what a
	// busy time left behind end in a quiet one.
	stride = 512
	levels = 16
)

// run is a run of one table of lines.
type run struct{ id, count int64 }

// level is that of a run by its size.
func (r run) level() int {
	level := 0
	for n := r.count; n >= fan; n /= fan {
		level++
	}
	return level
}

// merge moves the lines of sources into target.
type merge struct {
	target  int64
	sources []run
	reach   int64 // fund accounts below it have been moved
}

// shelf holds the runs of one table of lines.
type shelf struct {
	lines  int64
	last   int64          // the highest number of a run
	runs   [levels][]run  // those that are in no merge
	merges [levels]*merge // by the level of their sources
	fresh  int64          // lines that the open commit has brought

	addRun, markSource, setReach, endTarget, dropSources *writer
	moveLines, dropLines                                 *writer
	bound                                                driver.StmtQueryContext
}

// open makes a new run for lines of the open commit and returns its number.
func (s *shelf) open(count int) (int64, error) {
	s.last++
	s.fresh += int64(count)
	r := run{s.last, int64(count)}
	s.runs[r.level()] = append(s.runs[r.level()], r)
	return r.id, s.addRun.with(s.lines, r.id, r.count, int64(0))
}

// tidy merges a little of what is there, in the open commit.
func (s *shelf) tidy() error {
	if s.fresh == 0 {
		return nil
	}
	budget := max(stride, s.fresh*headway/4)
	s.fresh = 0
	for level := range s.merges {
		if s.merges[level] == nil && len(s.runs[level]) >= fan {
			if err := s.begin(level); err != nil {
				return err
			}
		}
		if s.merges[level] != nil {
			if err := s.advance(level, budget); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin begins a merge of the runs of a level.
func (s *shelf) begin(level int) error {
	s.last++
	m := &merge{target: s.last, sources: s.runs[level][:fan:fan], reach: 1}
	s.merges[level], s.runs[level] = m, slices.Clone(s.runs[level][fan:])
	for _, source := range m.sources {
		if err := s.markSource.with(m.target, s.lines, source.id); err != nil {
			return err
		}
	}
	return s.addRun.with(s.lines, m.target, m.count(), m.reach)
}

func (m *merge) count() (sum int64) {
	for _, source := range m.sources {
		sum += source.count
	}
	return sum
}

// advance moves the lines of the next fund accounts, some budget of them.
func (s *shelf) advance(level int, budget int64) error {
	m := s.merges[level]
	widest := slices.MaxFunc(m.sources, func(a, b run) int { return int(a.count - b.count) })
	until, found, err := s.find(widest.id, m.reach, budget*widest.count/m.count())
	if err != nil {
		return err
	}
	if until <= m.reach {
		until = m.reach + 1
	}
	if !found {
		until = math.MaxInt64
	}
	if err := s.moveLines.with(m.target, s.lines, m.target, m.reach, until); err != nil {
		return fmt.Errorf("merge into run %d: %w", m.target, err)
	}
	if err := s.dropLines.with(s.lines, m.target, m.reach, until); err != nil {
		return fmt.Errorf("merge into run %d: %w", m.target, err)
	}
	if m.reach = until; found {
		return s.setReach.with(m.reach, s.lines, m.target)
	}
	s.merges[level] = nil
	made := run{m.target, m.count()}
	s.runs[made.level()] = append(s.runs[made.level()], made)
	if err := s.dropSources.with(s.lines, m.target); err != nil {
		return err
	}
	return s.endTarget.with(s.lines, m.target)
}

// find returns the fund account so many lines behind reach in a run, and whether
// there is one.
func (s *shelf) find(id, reach, lines int64) (int64, bool, error) {
	rows, err := s.bound.QueryContext(context.Background(), []driver.NamedValue{{Ordinal: 1, Value: id}, {Ordinal: 2, Value: reach}, {Ordinal: 3, Value: lines}})
	if err != nil {
		return 0, false, err
	}
	defer rows.Close()
	var fund [1]driver.Value
	switch err := rows.Next(fund[:]); err {
	case nil:
		return fund[0].(int64), true, nil
	case io.EOF:
		return 0, false, nil
	default:
		return 0, false, err
	}
}

// with writes with these arguments, whose numbers are int64, as the driver takes them.
func (w *writer) with(args ...any) error {
	w.args = args
	return w.write()
}

// load reads the runs that there are.
func (s *shelf) load(db *sql.DB) error {
	rows, err := db.Query(`SELECT id, count, target, reach FROM runs WHERE lines = ? AND id > 0 ORDER BY id`, s.lines)
	if err != nil {
		return err
	}
	defer rows.Close()
	sources, targets := map[int64][]run{}, []merge{}
	for rows.Next() {
		var r run
		var target, reach int64
		if err := rows.Scan(&r.id, &r.count, &target, &reach); err != nil {
			return err
		}
		s.last = r.id
		switch {
		case target != 0:
			sources[target] = append(sources[target], r)
		case reach != 0:
			targets = append(targets, merge{target: r.id, reach: reach})
		default:
			s.runs[r.level()] = append(s.runs[r.level()], r)
		}
	}
	for _, m := range targets {
		m.sources = sources[m.target]
		s.merges[m.sources[0].level()] = &m
	}
	return rows.Err()
}

// prepare makes the statements.
func (s *shelf) prepare(prepare func(text string) *writer) {
	of := lineStatements[s.lines]
	bare := strings.TrimPrefix(of.columns, "run,")
	var order []string
	for i := range min(4, len(of.names())-1) {
		order = append(order, strconv.Itoa(i+2))
	}
	const ofMerge = ` WHERE run IN (SELECT id FROM runs WHERE lines = ? AND target = ?) AND fund >= ? AND fund < ?`
	s.addRun = prepare(`INSERT INTO runs (lines, id, count, target, reach) VALUES (?, ?, ?, 0, ?)`)
	s.markSource = prepare(`UPDATE runs SET target = ? WHERE lines = ? AND id = ?`)
	s.setReach = prepare(`UPDATE runs SET reach = ? WHERE lines = ? AND id = ?`)
	s.endTarget = prepare(`UPDATE runs SET reach = 0 WHERE lines = ? AND id = ?`)
	s.dropSources = prepare(`DELETE FROM runs WHERE lines = ? AND target = ?`)
	s.moveLines = prepare(`INSERT INTO ` + of.table + ` (` + of.columns + `) SELECT ?, ` + bare + ` FROM ` + of.table + ofMerge + ` ORDER BY ` + strings.Join(order, ", "))
	s.dropLines = prepare(`DELETE FROM ` + of.table + ofMerge)
	if bound := prepare(`SELECT fund FROM ` + of.table + ` WHERE run = ? AND fund >= ? ORDER BY fund LIMIT 1 OFFSET ?`); bound != nil {
		s.bound = bound.insert.(driver.StmtQueryContext)
	}
}
