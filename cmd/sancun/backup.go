package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"sancun/backup"
	"sancun/journal"
	"sancun/node"
)

type backupCmd struct {
	Full        backupFullCmd        `cmd:"" help:"Take a full archive of a centre, running or not."`
	Incremental backupIncrementalCmd `cmd:"" help:"Take an archive of what came since the last one."`
	List        backupListCmd        `cmd:"" help:"List the archives of a folder with their heights, sizes and proofs."`
	Verify      backupVerifyCmd      `cmd:"" help:"Compare every byte of the archives with their signed manifests; needs no identity."`
	Restore     backupRestoreCmd     `cmd:"" help:"Restore to any height into an empty folder, and prove its root."`
	Prove       backupProveCmd       `cmd:"" help:"Restore the newest archive on a proving machine, add everything up again, and leave a signed proof."`
	Prune       backupPruneCmd       `cmd:"" help:"Remove what the rules of retention let go."`
	Release     backupReleaseCmd     `cmd:"" help:"Let a restored centre take up business again, by an order of two people."`
}

// Help says what archives are.
func (*backupCmd) Help() string {
	return `Archives are sealed for recipients (age) and signed by the centre. Who writes them cannot read them: identities stay on
other machines. docs/flows/backup.md tells how they are taken, proven, restored and let go.`
}

type backupFullCmd struct{ backupTake }

// Run takes a full archive.
func (c *backupFullCmd) Run(ctx context.Context) error { return c.take(ctx, backup.Full) }

type backupIncrementalCmd struct{ backupTake }

// Run takes an incremental archive.
func (c *backupIncrementalCmd) Run(ctx context.Context) error { return c.take(ctx, backup.Incremental) }

// backupTake is what both kinds share.
type backupTake struct {
	Config string `arg:"" help:"The configuration file of the centre." type:"existingfile"`
	JSON   bool   `name:"json" help:"Print what was done as JSON."`
}

func (c *backupTake) take(ctx context.Context, kind backup.Kind) error {
	config, err := node.ReadConfig(c.Config)
	if err != nil {
		return exitError{node.ExitCode(err), err}
	}
	bar := heights("copying blocks", c.JSON)
	state, err := node.TakeBackup(ctx, config, kind, logTo("warn"), func(r node.BackupRun) {
		if r.Total > 0 {
			bar.ChangeMax64(int64(r.Total))
			_ = bar.Set64(int64(r.Done))
		}
	})
	_ = bar.Finish()
	if err != nil {
		return hinted(err)
	}
	if c.JSON {
		return printJSON(state)
	}
	fmt.Printf("archive %d, %s, up to height %d, %d bytes in %s\nmanifest %v; keep it elsewhere: --known tells a folder that lost its newest archives\n",
		state.Last.Number, state.Last.Kind, state.Last.Height, state.Last.Bytes, state.Local, state.Last.Digest)
	for _, a := range state.Alarms {
		fmt.Printf("alarm %s: %s\n  %s\n", a.Code, a.Text, a.Advice)
	}
	return nil
}

// heights is a bar of blocks, hidden for programs.
func heights(what string, hidden bool) *progressbar.ProgressBar {
	return progress(1, what, !hidden)
}

// hinted adds what to do to an error.
func hinted(err error) error { return fmt.Errorf("%w\nWhat to do: %s", err, node.Hint(err)) }

// backupFolder says which archives are meant and who may have signed them.
type backupFolder struct {
	Folder    string   `arg:"" help:"Folder of archives, local or mounted."`
	Config    string   `help:"Configuration file of the centre, for the keys of its signers." type:"existingfile"`
	Immutable bool     `help:"Make what is written here immutable (chattr +i) where it can be." default:"true" negatable:""`
	Signer    []string `help:"Public half of a key that signs archives, as 'sancun keys backup' printed it; may be repeated."`
}

func (c *backupFolder) open() (*backup.Folder, []backup.Signer, error) {
	var signers []backup.Signer
	if c.Config != "" {
		config, err := node.ReadConfig(c.Config)
		if err != nil {
			return nil, nil, err
		}
		if _, signers, err = node.BackupPlace(config); err != nil {
			return nil, nil, err
		}
	}
	for _, text := range c.Signer {
		s, err := backup.ParseSigner(text)
		if err != nil {
			return nil, nil, err
		}
		signers = append(signers, s)
	}
	if len(signers) == 0 {
		return nil, nil, errors.New("give --signer or --config: an archive of an unknown signer proves nothing")
	}
	if _, err := os.Stat(c.Folder); err != nil {
		return nil, nil, err
	}
	return backup.OSFolder(c.Folder, c.Immutable), signers, nil
}

type backupListCmd struct {
	backupFolder
	Prover []string `help:"Public half of a prover's key, to show what was proven; may be repeated."`
	JSON   bool     `name:"json" help:"Print the manifests as JSON."`
}

// Run lists archives.
func (c *backupListCmd) Run() error {
	folder, signers, err := c.open()
	if err != nil {
		return err
	}
	chain, err := folder.Chain(signers)
	if err != nil {
		return hinted(err)
	}
	proven := map[journal.Hash]string{}
	if len(c.Prover) > 0 {
		var provers []backup.Signer
		for _, text := range c.Prover {
			s, err := backup.ParseSigner(text)
			if err != nil {
				return err
			}
			provers = append(provers, s)
		}
		proofs, err := folder.Proofs(provers)
		if err != nil {
			return hinted(err)
		}
		for _, p := range proofs {
			proven[p.Digest] = map[bool]string{true: "proven ", false: "FAILED "}[p.Good] + p.Ended.In(beijing).Format("2006-01-02 15:04")
		}
	}
	if c.JSON {
		return printJSON(chain)
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "archive\tkind\tmade\tblocks\tbytes\tparts\tstate\tproof")
	for i := range chain {
		a := &chain[i]
		fmt.Fprintf(out, "%d\t%s\t%s\t%d-%d\t%d\t%d\t%s\t%s\n", a.Number, a.Kind, a.Made.In(beijing).Format("2006-01-02 15:04:05"), a.From, a.Head.Height, a.Bytes(), len(a.Parts), stateOf(c.Folder, a), proven[a.Digest])
	}
	if last := chain.Last(); last != nil {
		fmt.Fprintf(out, "\nnewest manifest %v\n", last.Digest)
	}
	return out.Flush()
}

// stateOf says what became of an archive's files, in a word or two.
func stateOf(folder string, a *backup.Archive) string {
	var words []string
	if a.Parted {
		words = append(words, "parted")
	}
	for _, p := range a.Pruned {
		words = append(words, "pruned "+p.Group)
	}
	if backup.Immutable(fmt.Sprintf("%s/%08d.manifest", folder, a.Number)) {
		words = append(words, "immutable")
	} else {
		words = append(words, "read-only")
	}
	return strings.Join(words, ", ")
}

type backupVerifyCmd struct {
	backupFolder
	JSON bool `name:"json" help:"Print the verdict as JSON."`
}

// Run compares every byte and fails unless all are as they were written.
func (c *backupVerifyCmd) Run(ctx context.Context) error {
	folder, signers, err := c.open()
	if err != nil {
		return err
	}
	verdict := struct {
		OK       bool   `json:"ok"`
		Archives int    `json:"archives"`
		Bytes    int64  `json:"bytes"`
		Failure  string `json:"failure,omitempty"`
	}{}
	chain, err := folder.Chain(signers)
	bar := heights("comparing archives", c.JSON)
	bar.ChangeMax64(int64(max(1, len(chain))))
	for i := range chain {
		if err = folder.Check(ctx, &chain[i], nil); err != nil {
			break
		}
		verdict.Archives, verdict.Bytes = verdict.Archives+1, verdict.Bytes+chain[i].Bytes()
		_ = bar.Add(1)
	}
	_ = bar.Finish()
	if err == nil && len(chain) == 0 {
		err = fmt.Errorf("%s holds no archive: %w", c.Folder, backup.ErrMissing)
	}
	if verdict.OK = err == nil; err != nil {
		verdict.Failure = err.Error()
	}
	if c.JSON {
		if printErr := printJSON(verdict); printErr != nil || err == nil {
			return printErr
		}
		return errVerdict
	}
	if err != nil {
		return hinted(err)
	}
	fmt.Printf("%d archives, %d bytes: as they were written\n", verdict.Archives, verdict.Bytes)
	return nil
}

// backupOpening says who opens archives.
type backupOpening struct {
	Identity string `help:"File of identities, as age-keygen writes it, that open archives." required:"" type:"existingfile"`
	Known    string `help:"Digest of a manifest known to exist, from another place: a folder that lacks it is refused."`
}

func (c *backupOpening) restore(signers []backup.Signer) (o backup.Restore, err error) {
	o.Signers = signers
	if o.Identities, err = readIdentities(c.Identity); err != nil {
		return o, err
	}
	if c.Known != "" {
		if err := o.Known.UnmarshalText([]byte(c.Known)); err != nil {
			return o, fmt.Errorf("--known: %w", err)
		}
	}
	return o, nil
}

func readIdentities(name string) (backup.Identities, error) {
	file, err := os.Open(name)
	if err != nil {
		return backup.Identities{}, err
	}
	defer file.Close() // read only: nothing to lose
	return backup.ParseIdentities(file)
}

type backupRestoreCmd struct {
	backupFolder
	Into        string `arg:"" help:"The folder to make; one that holds something is refused." type:"path"`
	Height      uint64 `help:"Last block to restore; the newest when not given."`
	Time        string `help:"Restore up to this moment of the blocks' own time instead, such as 2026-03-02T14:32:00+08:00."`
	Archive     uint64 `help:"Last archive to use; the newest when not given."`
	KeyIdentity string `name:"key-identity" help:"File of identities that open the keys of personal data; without it no keys are restored." type:"existingfile"`
	backupOpening
	JSON bool `name:"json" help:"Print what was restored as JSON."`
}

// Help says what a restored folder is.
func (*backupRestoreCmd) Help() string {
	return `The restored folder opens as an isolated centre: it answers enquiries, takes no business and opens no line to anybody.
'sancun verify INTO' adds everything up again; 'sancun backup release' ends the isolation by an order of two people.`
}

// Run restores.
func (c *backupRestoreCmd) Run(ctx context.Context) error {
	folder, signers, err := c.open()
	if err != nil {
		return err
	}
	o, err := c.restore(signers)
	if err != nil {
		return hinted(err)
	}
	if c.KeyIdentity != "" {
		if o.KeyIdentities, err = readIdentities(c.KeyIdentity); err != nil {
			return hinted(err)
		}
	}
	if c.Time != "" {
		until, err := time.Parse(time.RFC3339, c.Time)
		if err != nil {
			return fmt.Errorf("--time: write it like 2026-03-02T14:32:00+08:00: %w", err)
		}
		o.Until = until.UnixNano()
	}
	bar := heights("restoring blocks", c.JSON)
	o.Height, o.Number = c.Height, c.Archive
	o.Progress = func(done, total uint64) {
		if done%1024 == 0 || done == total {
			bar.ChangeMax64(int64(total))
			_ = bar.Set64(int64(done))
		}
	}
	r, err := node.RestoreBackup(ctx, folder, c.Into, o, time.Now)
	_ = bar.Finish()
	if err != nil {
		return hinted(err)
	}
	if c.JSON {
		return printJSON(r)
	}
	fmt.Printf("restored height %d, hash %v, from archives %v into %s; every root agrees\n", r.Height, r.Hash, r.Archives, c.Into)
	if r.Keys == 0 {
		fmt.Println("no keys of personal data were restored: give --key-identity for them")
	}
	fmt.Println("the folder is isolated: it takes no business until two people release it (sancun backup release)")
	return nil
}

type backupProveCmd struct {
	backupFolder
	backupOpening
	Key     string        `help:"The prover's own key, made by 'sancun keys backup'; its public half stands in backup.provers." required:"" type:"existingfile"`
	Prover  string        `help:"Name of this machine or person in the proof." default:"prover"`
	Scratch string        `help:"Folder for the restored journal, which is removed again; that of the system when not given." type:"existingdir"`
	Every   time.Duration `help:"Prove again each time so much has passed; once when not given."`
	JSON    bool          `name:"json" help:"Print the proof as JSON."`
}

// Help says where to run it.
func (*backupProveCmd) Help() string {
	return `Runs on a machine that serves no business and holds an identity, with the folder mounted. The proof is put into the
folder; the centre reads it and raises an alarm when the newest good one is too old, or the last one is bad.`
}

// Run proves, once or for ever.
func (c *backupProveCmd) Run(ctx context.Context) error {
	for {
		good, err := c.once(ctx)
		if c.Every == 0 {
			if err == nil && !good {
				err = errVerdict
			}
			return err
		}
		if err != nil && ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, "sancun:", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(c.Every):
		}
	}
}

func (c *backupProveCmd) once(ctx context.Context) (good bool, err error) {
	folder, signers, err := c.open()
	if err != nil {
		return false, err
	}
	o, err := c.restore(signers)
	if err != nil {
		return false, hinted(err)
	}
	key, err := node.ReadSignKey(c.Key)
	if err != nil {
		return false, err
	}
	p, err := node.ProveBackup(ctx, folder, c.Scratch, o, c.Prover, time.Now)
	if err != nil {
		return false, hinted(err)
	}
	if err := folder.PutProof(p, key); err != nil {
		return p.Good, err
	}
	if c.JSON {
		return p.Good, printJSON(p)
	}
	if !p.Good {
		fmt.Printf("archive %d is NOT proven: %s\n", p.Number, p.Failure)
		return false, nil
	}
	fmt.Printf("archive %d proven: height %d, %d records, root %v, in %s\n", p.Number, p.Height, p.Records, p.Found, p.Ended.Sub(p.Began).Round(time.Millisecond))
	return true, nil
}

type backupPruneCmd struct {
	Config string `arg:"" help:"The configuration file of the centre." type:"existingfile"`
	Dry    bool   `name:"dry-run" help:"Only say what would be removed."`
	JSON   bool   `name:"json" help:"Print what was removed as JSON."`
}

// Help says what is never removed.
func (*backupPruneCmd) Help() string {
	return `Business data stay 20 years unless a newer, proven archive holds the same; the last proven full archive and everything
behind it stay; copies of personal data's keys go once newer ones are there. Manifests stay for ever.`
}

// Run prunes both folders of a configuration.
func (c *backupPruneCmd) Run(ctx context.Context) error {
	config, err := node.ReadConfig(c.Config)
	if err != nil {
		return exitError{node.ExitCode(err), err}
	}
	removed, err := node.PruneBackups(ctx, config, c.Dry, logTo("warn"))
	if err != nil {
		return hinted(err)
	}
	if c.JSON {
		return printJSON(removed)
	}
	for _, folder := range []string{config.Backup.Local, config.Backup.Remote} {
		for _, p := range removed[folder] {
			fmt.Printf("%s: archive %d, %s: %s (%s)\n", folder, p.Number, p.Group, p.Reason, p.Rule)
		}
	}
	return nil
}

type backupReleaseCmd struct {
	Config string `arg:"" help:"The configuration file of the restored centre." type:"existingfile"`
	Order  string `arg:"" help:"The order, act 'release', signed by two people: sancun centre draft, sancun centre sign." type:"existingfile"`
}

// Run releases a restored centre.
func (c *backupReleaseCmd) Run() error {
	config, err := node.ReadConfig(c.Config)
	if err != nil {
		return exitError{node.ExitCode(err), err}
	}
	o, err := readOrder(c.Order)
	if err != nil {
		return err
	}
	if err := node.Release(config, o, time.Now()); err != nil {
		return hinted(err)
	}
	fmt.Printf("released under epoch %d by %s and %s; it takes up business when it is started\n", o.Epoch, o.Maker, o.Checker)
	return nil
}

type keysBackupCmd struct {
	File string `arg:"" help:"The key to make; an existing one is refused." type:"path"`
}

// Run makes the key by which a centre signs archives, or a prover its proofs.
func (c *keysBackupCmd) Run() error {
	key, err := backup.NewKey()
	if err != nil {
		return err
	}
	if err := makeKey(c.File, key); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s made; it signs and opens nothing. Its public half, for backup.signers, backup.provers and --signer, is\n", c.File)
	fmt.Println(backup.SignerOf(key))
	return nil
}

type keysRecipientCmd struct {
	File string `arg:"" help:"The file of the identity to make; an existing one is refused." type:"path"`
}

// Run makes what age-keygen makes, for machines without it.
func (c *keysRecipientCmd) Run() error {
	file, public, err := backup.NewIdentity()
	if err != nil {
		return err
	}
	if err := make600(c.File, file); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s made; keep it, and a copy of it, away from every machine that is backed up. Its public key is\n", c.File)
	fmt.Println(public)
	return nil
}
