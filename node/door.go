package node

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"sancun/api"
)

// dayFolder holds, below the centre's folder, the own files of each day that was
// ended, in a folder by its date.
const dayFolder = "files/day"

// openDoor makes the HTTP door of the configuration. Nobody can knock before Run.
func (n *Node) openDoor() error {
	c := &n.config.HTTP
	if !c.Listen.IsValid() && (n.zone == nil || c.Users == "") {
		return nil
	}
	users, err := api.LoadUsers(c.Users)
	if err != nil {
		return err
	}
	config := api.Config{
		Core: n.Core, Books: n.Books, Vault: n.Vault, Passwords: n.passwords, Users: users, Now: n.clock.Now, Wall: time.Now, Rand: rand.Reader,
		Cards: cards{n}, Banks: asker{n}, DayEnd: n.dayEnd, DayFiles: n.DayFiles(), Orphans: orphanCommands{n.Core},
		Version: version(), Log: n.log, RatePerSecond: c.RatePerSecond, Broker: cmp.Or(n.config.Broker.Name, n.config.Broker.Code), BrokerCode: n.config.Broker.Code, Fonts: n.config.Documents.Fonts, Reports: os.DirFS(filepath.Join(n.config.Centre.Dir, dayFolder)),
	}
	if n.peer != nil {
		config.Standing = n.Standing
	}
	if config.Rates, err = n.config.rates(); err != nil {
		return err
	}
	if config.CardBanks, err = readCardBanks(n.config.Identity.CardBanks); err != nil {
		return err
	}
	if n.compare != nil {
		config.Lists = n.compare
	}
	if n.Register != nil || n.compare != nil {
		r := &register{provider: n.Register}
		if n.compare != nil {
			r.screen = n.screen.Load
		}
		config.Register = r
	}
	n.door, err = api.New(config)
	return err
}

// ReloadUsers reads the file of users again: who is as before stays signed in, the
// sessions of the others end. A file that is not acceptable changes nothing. It
// may be called at any time from any goroutine; without a door it does nothing.
func (n *Node) ReloadUsers() error {
	if n.door == nil {
		return nil
	}
	users, err := api.LoadUsers(n.config.HTTP.Users)
	if err != nil {
		n.log.Error("the users were not read again, those of before stay", slog.Any("error", err))
		return err
	}
	ended := n.door.SetUsers(users)
	n.log.Info("users read again", slog.Int("users", len(users)), slog.Int("sessions_ended", ended))
	return nil
}

// version is what the build knows of its commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return info.Main.Version
}

// serveDoor answers until ctx ends and lets running requests finish: the core
// outlives it. The certificate is read anew whenever the door opens.
func (n *Node) serveDoor(ctx context.Context) error {
	security, err := api.LoadTLS(n.config.HTTP.Certificate, n.config.HTTP.KeyFile)
	if err != nil {
		return err
	}
	l, err := n.listenDoor()
	if err != nil {
		return err
	}
	if to := n.config.HTTP.Relay; to != "" && n.peer != nil && n.zone == nil {
		r := newRelay(l, dialer(to), n.answering, n.log)
		defer func() { _ = r.Close() }() // the server has closed the listener; this ends what is passed on
		l = r
	}
	return n.door.Serve(ctx, l, security)
}

// SelfSigned makes a certificate and key for drills, as PEM.
var SelfSigned = api.SelfSigned

// Standing is what this centre's answers are worth: those of one that copies are as
// of the block it has applied, and as old as its last news that this was everything.
func (n *Node) Standing() api.Standing {
	head, _ := n.Core.Head()
	s := api.Standing{Writes: n.Core.Writing(), Centre: n.config.Centre.Name, Height: head.Height, Writer: n.config.Centre.Name}
	if s.Writes {
		return s
	}
	s.Writer, s.Door, s.Unfit = n.config.Peer.Name, n.config.Peer.Door, n.Core.Applied().Disagree
	line, now := n.peer.line.Status(), n.clock.Now()
	last := time.Unix(0, head.Time)
	if line.Beat.Released <= head.Height && line.BeatAt.After(last) {
		last = line.BeatAt
	}
	s.Behind = max(0, now.Sub(last))
	return s
}
