package node

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sancun/backup"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/vault"
)

// ErrBackup says that a backup that was asked for failed.
var ErrBackup = errors.New("the backup failed")

// errNoBackup says that the configuration has no folder for archives.
var errNoBackup = &ConfigError{Name: "the configuration", Problems: []Problem{{Key: "backup.local", What: "is missing; write the section, see docs/configuration.md"}}}

// TakeBackup has an archive taken: by the centre if it runs, which goes on with its
// business meanwhile, or from its folder if it does not. tell is called with what
// has been done so far. The error is ErrBackup with the centre's own words, or
// whatever stopped the work here.
func TakeBackup(ctx context.Context, c Config, kind backup.Kind, log *slog.Logger, tell func(BackupRun)) (BackupState, error) {
	if c.Backup.Local == "" {
		return BackupState{}, errNoBackup
	}
	b, shut, err := openStopped(c, log)
	if errors.Is(err, journal.ErrLocked) || errors.Is(err, durable.ErrLocked) {
		return askBackup(ctx, c, kind, tell)
	}
	if err != nil {
		return BackupState{}, err
	}
	watched, end := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for pause(watched, backupBeat/4) == nil {
			if s := b.told(); s.Run != nil {
				tell(*s.Run)
			}
		}
	}()
	err = b.run(ctx, kind, "")
	end()
	<-done
	return b.told(), errors.Join(err, shut())
}

// openStopped opens what is backed up of a centre that does not run.
func openStopped(c Config, log *slog.Logger) (*backups, func() error, error) {
	if r, err := readRestored(c.Centre.Dir); err != nil || r != nil {
		return nil, nil, errors.Join(err, ErrIsolated)
	}
	core, err := c.core()
	if err != nil {
		return nil, nil, err
	}
	if core.Postgres != nil {
		return nil, nil, journal.ErrLocked // whoever has the lease is asked
	}
	b, err := newBackups(&c.Backup)
	if err != nil {
		return nil, nil, err
	}
	core.Standby, core.Log = true, log
	n := &Node{config: c, clock: c.Clock.Clock(), log: log, backups: b}
	if n.Core, err = OpenCore(core); err != nil {
		return nil, nil, err
	}
	if n.keys, err = vault.OpenFileStore(durable.OS{}, filepath.ToSlash(filepath.Join(c.Centre.Dir, "vault"))); err != nil {
		return nil, nil, errors.Join(err, n.Core.Abandon())
	}
	b.n = n
	return b, func() error { return errors.Join(n.keys.Close(), n.Core.Abandon()) }, nil
}

// askWithin is how long a running centre may take to begin with what it was asked.
const askWithin = 2 * time.Minute

// askBackup leaves a request in the folder of a running centre and waits until it
// is done.
func askBackup(ctx context.Context, c Config, kind backup.Kind, tell func(BackupRun)) (s BackupState, err error) {
	id := rand.Text()
	text, err := json.Marshal(BackupRun{ID: id, Kind: kind, Began: time.Now()})
	if err != nil {
		return s, err
	}
	dir := filepath.ToSlash(filepath.Join(c.Centre.Dir, backupFolder))
	if err := (durable.OS{}).MakeDir(dir); err != nil {
		return s, err
	}
	if err := durable.ReplaceFile(durable.OS{}, dir+"/"+backupRequest, text); err != nil {
		return s, err
	}
	asked, begun := time.Now(), false
	for {
		if err := pause(ctx, backupBeat/4); err != nil {
			return s, err
		}
		s, err = readBackupState(c)
		switch {
		case err == nil && s.Run != nil && s.Run.ID == id:
			begun = true
			tell(*s.Run)
			if !s.Run.Ended.IsZero() && s.Run.Failure != "" {
				return s, fmt.Errorf("%w: %s", ErrBackup, s.Run.Failure)
			}
			if !s.Run.Ended.IsZero() {
				return s, nil
			}
		case !begun && time.Since(asked) > askWithin:
			return s, fmt.Errorf("%w: the centre did not begin within %s; look into its log", ErrBackup, askWithin)
		}
	}
}

// readBackupState reads what a centre says of its backups.
func readBackupState(c Config) (s BackupState, err error) {
	text, err := os.ReadFile(filepath.Join(c.Centre.Dir, backupFolder, backupTold))
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	return s, err
}

// BackupPlace is where the archives of a configuration lie and who signs them.
func BackupPlace(c Config) (folder string, signers []backup.Signer, err error) {
	if c.Backup.Local == "" {
		return "", nil, errNoBackup
	}
	b, err := newBackups(&c.Backup)
	if err != nil {
		return "", nil, err
	}
	return c.Backup.Local, b.signers, nil
}

// PruneBackups removes from both folders what the rules let go, or only says what
// that would be. The centre may run.
func PruneBackups(ctx context.Context, c Config, dry bool, log *slog.Logger) (map[string][]backup.Pruned, error) {
	if c.Backup.Local == "" {
		return nil, errNoBackup
	}
	b, err := newBackups(&c.Backup)
	if err != nil {
		return nil, err
	}
	b.n = &Node{config: c, clock: c.Clock.Clock(), log: log, backups: b}
	return b.pruneAll(ctx, dry)
}
