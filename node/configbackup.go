package node

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sancun/backup"
)

// BackupConfig is how the centre is backed up.
type BackupConfig struct {
	// Folder for archives on another disk of this machine, this centre's alone. It must be there: an empty mount point is not filled. Without it nothing is backed up.
	Local string `yaml:"local"`
	// Folder for a second copy: a mounted one of another machine, at another place, that lets files be added and not changed. It must be there too.
	Remote string `yaml:"remote"`
	// Public keys of age (age1…) of those who may open archives. `age-keygen` makes them on their machines; what opens archives never lies on this one.
	Recipients []string `yaml:"recipients"`
	// Public keys of age of those who may open the copies of personal data's keys: other people, or the house's vault for keys.
	KeyRecipients []string `yaml:"key_recipients"`
	// Path of the key that signs archives, mode 600; `sancun keys backup` makes one.
	SignKey string `yaml:"sign_key"`
	// Public halves of keys that signed earlier archives, or sign at the other centre: 64 hexadecimal digits each.
	Signers []string `yaml:"signers"`
	// Public halves of the keys of the machines that prove restores with `sancun backup prove`. Without any there is no proof, and an alarm says so.
	Provers []string `yaml:"provers"`
	// Days from one full archive to the next, 1 to 31.
	FullDays int `yaml:"full_days"`
	// Time of day from which a full archive begins.
	FullAt TimeOfDay `yaml:"full_at"`
	// Time from one archive to the next, 1m to 24h: what is lost at most when every disk of this place is lost.
	IncrementalEvery Duration `yaml:"incremental_every"`
	// Bytes a second that are written at most, so that disk and line stay free for business; 0 is no bound.
	BytesPerSecond Bytes `yaml:"bytes_per_second"`
	// Age of the newest archive at which there is an alarm, more than incremental_every.
	LateAfter Duration `yaml:"late_after"`
	// Age of the newest good proof of a restore at which there is an alarm.
	ProveWithin Duration `yaml:"prove_within"`
	// Days that every archive stays at least, 7 or more, even if newer ones hold the same. What only it holds stays 20 years.
	ReachDays int `yaml:"reach_days"`
	// Days that copies of keys stay once three newer ones are there, 1 to 31. A copy has some 100 bytes a client and is in every archive.
	KeysDays int `yaml:"keys_days"`
	// true makes archives immutable (chattr +i) where file system and rights allow it; false only takes the right to write away.
	Immutable bool `yaml:"immutable"`
	// File of the people who may release a restored centre, as peer.people; that one when empty.
	People string `yaml:"people"`
}

func backupDefaults() BackupConfig {
	return BackupConfig{
		FullDays: 7, FullAt: 3_600_000, IncrementalEvery: Duration(time.Hour), BytesPerSecond: 20 << 20, LateAfter: Duration(3 * time.Hour),
		ProveWithin: Duration(26 * time.Hour), ReachDays: 35, KeysDays: 3, Immutable: true,
	}
}

func (k *checker) backup(c *BackupConfig) {
	if c.Local == "" {
		k.need(c.Remote == "" && c.SignKey == "" && len(c.Recipients) == 0, "backup.local", "is missing; write a folder on another disk than the journal's, or leave the section out")
		return
	}
	k.backupFolder("backup.local", c.Local)
	k.backupFolder("backup.remote", c.Remote)
	k.need(filepath.Clean(c.Local) != filepath.Clean(c.Remote), "backup.remote", "is the local folder; a second copy lies elsewhere")
	readers, err := backup.ParseRecipients(c.Recipients)
	k.need(err == nil, "backup.recipients", "%v", err)
	keepers, keyErr := backup.ParseRecipients(c.KeyRecipients)
	k.need(keyErr == nil, "backup.key_recipients", "%v", keyErr)
	if err == nil && keyErr == nil {
		err := readers.Apart(keepers)
		k.need(err == nil, "backup.key_recipients", "%v", err)
	}
	if k.file("backup.sign_key", c.SignKey, true); c.SignKey != "" {
		_, err := ReadSignKey(c.SignKey)
		k.need(err == nil || errors.Is(err, os.ErrNotExist), "backup.sign_key", "%v", err)
	}
	for key, list := range map[string][]string{"backup.signers": c.Signers, "backup.provers": c.Provers} {
		_, err := signersOf(list)
		k.need(err == nil, key, "%v", err)
	}
	k.need(c.FullDays >= 1 && c.FullDays <= 31, "backup.full_days", "%d is out of bounds; write 1 to 31", c.FullDays)
	k.between("backup.incremental_every", c.IncrementalEvery, time.Minute, 24*time.Hour)
	k.need(c.LateAfter > c.IncrementalEvery && time.Duration(c.LateAfter) <= 7*24*time.Hour, "backup.late_after", "%s is out of bounds; write more than incremental_every, up to 168h", c.LateAfter)
	k.between("backup.prove_within", c.ProveWithin, time.Hour, 92*24*time.Hour)
	k.need(c.BytesPerSecond == 0 || c.BytesPerSecond >= 1<<16, "backup.bytes_per_second", "%s would never come to an end; write 64KiB or more, or 0", c.BytesPerSecond)
	k.need(c.ReachDays >= backup.ReachDaysMin && c.ReachDays <= 36_500, "backup.reach_days", "%d is out of bounds; write %d to 36500", c.ReachDays, backup.ReachDaysMin)
	k.need(c.KeysDays >= 1 && c.KeysDays <= backup.KeysDaysMax, "backup.keys_days", "%d is out of bounds; write 1 to %d: a destroyed key must not live on in a copy", c.KeysDays, backup.KeysDaysMax)
}

// backupFolder checks that a folder is there. One that is not may be a disk that is
// not mounted.
func (k *checker) backupFolder(key, name string) {
	if name == "" {
		return
	}
	info, err := os.Stat(name)
	k.need(err == nil && info.IsDir(), key, "%s is not there; mount the disk, or make the folder on it", name)
}

// signersOf reads public halves of keys.
func signersOf(list []string) (all []backup.Signer, err error) {
	for _, text := range list {
		s, err := backup.ParseSigner(text)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// ReadSignKey reads the private key that `sancun keys backup` made.
func ReadSignKey(name string) (ed25519.PrivateKey, error) {
	return readPrivateKey(name, "key for archives", "backup")
}

// ReadPersonKey reads the private key of a person, which `sancun keys person` made.
func ReadPersonKey(name string) (ed25519.PrivateKey, error) {
	return readPrivateKey(name, "key of a person", "person")
}

// readPrivateKey reads a key for signing; what and maker are for who gave another file.
func readPrivateKey(name, what, maker string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no key as PEM", name)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is no %s; sancun keys %s makes one", name, what, maker)
	}
	return private, nil
}
