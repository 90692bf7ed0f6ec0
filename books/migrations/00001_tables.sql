-- The query tables. They are a fold of the journal's blocks and may be thrown
-- away at any time: change them freely here, raise schemaVersion in books.go, and
-- the next start fills them again from block 1. What can be added to full tables,
-- such as an index, comes as another file instead.
--
-- Written for SQLite. For PostgreSQL migrate.go turns INTEGER into bigint and BLOB
-- into bytea, and leaves out STRICT and WITHOUT ROWID.
--
-- Money is in minor units, prices in ten-thousandths, rates in thousand-
-- millionths, times in unix nanoseconds, dates as yyyymmdd. Numbers of states,
-- directions and reasons are those of the journal. No personal data in clear.

-- How far the tables are filled; changed in the transaction of the rows.
CREATE TABLE reached (
  id      INTEGER PRIMARY KEY CHECK (id = 1),
  schema  INTEGER NOT NULL,
  cell    INTEGER NOT NULL,
  epoch   INTEGER NOT NULL,
  height  INTEGER NOT NULL,
  time    INTEGER NOT NULL,
  hash    BLOB    NOT NULL,
  records INTEGER NOT NULL, -- since block 1
  date    INTEGER NOT NULL, -- business date, 0 before the first
  next    INTEGER NOT NULL,
  phase   INTEGER NOT NULL
) STRICT;

CREATE TABLE blocks (
  height  INTEGER PRIMARY KEY,
  time    INTEGER NOT NULL,
  records INTEGER NOT NULL,
  hash    BLOB    NOT NULL
) STRICT;

CREATE TABLE days (
  date    INTEGER PRIMARY KEY,
  next    INTEGER NOT NULL,
  phase   INTEGER NOT NULL,
  opened  INTEGER NOT NULL,
  stopped INTEGER NOT NULL,
  height  INTEGER NOT NULL -- of the record that changed it last
) STRICT;

CREATE TABLE steps (
  date   INTEGER NOT NULL,
  number INTEGER NOT NULL,
  ok     INTEGER NOT NULL,
  rows   INTEGER NOT NULL,
  runs   INTEGER NOT NULL,
  ended  INTEGER NOT NULL,
  input  BLOB    NOT NULL,
  PRIMARY KEY (date, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE banks (
  number        INTEGER PRIMARY KEY,
  service       INTEGER NOT NULL,
  signed_in     INTEGER NOT NULL,
  window_from   INTEGER NOT NULL,
  window_to     INTEGER NOT NULL,
  single_min    INTEGER NOT NULL,
  single_max    INTEGER NOT NULL,
  daily_max     INTEGER NOT NULL,
  daily_count   INTEGER NOT NULL,
  min_remaining INTEGER NOT NULL,
  code          TEXT    NOT NULL,
  name          TEXT    NOT NULL
) STRICT;

CREATE TABLE instruments (
  row        INTEGER PRIMARY KEY,
  id         INTEGER NOT NULL UNIQUE,
  board      INTEGER NOT NULL,
  standing   INTEGER NOT NULL,
  status     INTEGER NOT NULL,
  flags      INTEGER NOT NULL,
  date       INTEGER NOT NULL,
  prev_close INTEGER NOT NULL,
  last       INTEGER NOT NULL,
  bid        INTEGER NOT NULL,
  ask        INTEGER NOT NULL,
  close      INTEGER NOT NULL
) STRICT;

CREATE TABLE clients (
  row          INTEGER PRIMARY KEY,
  number       INTEGER NOT NULL UNIQUE,
  class        INTEGER NOT NULL,
  state        INTEGER NOT NULL,
  document     INTEGER NOT NULL,
  risk         INTEGER NOT NULL,
  risk_until   INTEGER NOT NULL,
  investor     INTEGER NOT NULL,
  mismatch     INTEGER NOT NULL,
  branch       INTEGER NOT NULL,
  permissions  INTEGER NOT NULL,
  opened       INTEGER NOT NULL,
  closed       INTEGER NOT NULL,
  trade_set    INTEGER NOT NULL,
  trade_locked INTEGER NOT NULL,
  fund_set     INTEGER NOT NULL,
  fund_locked  INTEGER NOT NULL,
  sessions     INTEGER NOT NULL,
  identity     BLOB    NOT NULL -- keyed hash of the document
) STRICT;
CREATE INDEX clients_identity ON clients (identity);

-- Personal fields as they lie sealed in the journal: nobody can open them
-- without the client's key. Part 1 opening, 2 contact, 3 name and document.
CREATE TABLE sealed (
  client INTEGER NOT NULL,
  part   INTEGER NOT NULL,
  fields BLOB    NOT NULL,
  PRIMARY KEY (client, part)
) STRICT, WITHOUT ROWID;

-- Argon2id hashes of client passwords, the last ones set.
CREATE TABLE passwords (
  client INTEGER NOT NULL,
  which  INTEGER NOT NULL,
  hash   TEXT    NOT NULL,
  PRIMARY KEY (client, which)
) STRICT, WITHOUT ROWID;

CREATE TABLE funds (
  row           INTEGER PRIMARY KEY,
  number        INTEGER NOT NULL UNIQUE,
  client        INTEGER NOT NULL, -- client number
  currency      INTEGER NOT NULL,
  main          INTEGER NOT NULL,
  state         INTEGER NOT NULL,
  relation      INTEGER NOT NULL,
  bank          INTEGER NOT NULL,
  relation_date INTEGER NOT NULL,
  closing       INTEGER NOT NULL,
  closing_date  INTEGER NOT NULL,
  card_date     INTEGER NOT NULL,
  commission    INTEGER NOT NULL,
  unconfirmed   INTEGER NOT NULL,
  next_bank     INTEGER NOT NULL
) STRICT;
CREATE INDEX funds_client ON funds (client, number);
CREATE INDEX funds_bank ON funds (bank, number);

-- Every change of a fund account's relation to a bank.
CREATE TABLE contracts (
  fund     INTEGER NOT NULL,
  height   INTEGER NOT NULL,
  at       INTEGER NOT NULL, -- place of the record in its block
  date     INTEGER NOT NULL,
  kind     INTEGER NOT NULL, -- of the command
  bank     INTEGER NOT NULL,
  relation INTEGER NOT NULL,
  closing  INTEGER NOT NULL,
  PRIMARY KEY (fund, height, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE securities (
  row     INTEGER PRIMARY KEY,
  fund    INTEGER NOT NULL,
  market  INTEGER NOT NULL,
  state   INTEGER NOT NULL,
  account TEXT    NOT NULL,
  pbu     TEXT    NOT NULL
) STRICT;
CREATE INDEX securities_fund ON securities (fund, market);

-- Accounts of the ledger with their balances: cash of clients (kind 101, owner
-- the fund row), positions (301, owner the fund row + 1, unit 65536 + the
-- instrument row), pooled accounts and the rest.
CREATE TABLE accounts (
  row           INTEGER PRIMARY KEY,
  kind          INTEGER NOT NULL,
  bank          INTEGER NOT NULL,
  unit          INTEGER NOT NULL,
  owner         INTEGER NOT NULL,
  balance       INTEGER NOT NULL,
  held_order    INTEGER NOT NULL,
  held_transfer INTEGER NOT NULL,
  held_other    INTEGER NOT NULL,
  payable       INTEGER NOT NULL,
  receivable    INTEGER NOT NULL,
  cost          INTEGER NOT NULL, -- of a position: what its units were bought for, with fees, in minor units
  changed       INTEGER NOT NULL  -- height of the last change
) STRICT;
CREATE INDEX accounts_owner ON accounts (kind, owner, unit, bank);

-- Tables of lines: rows that are only ever added and are looked for by fund account.
-- They lie in runs. A commit adds one run at the end of each table it has lines
-- for, sorted by fund account, and runs of like size are merged little by little
-- (runs.go): a line is written next to its neighbours, and never into the middle of
-- the millions there are. PostgreSQL keeps all lines in run 0.
CREATE TABLE runs (
  lines  INTEGER NOT NULL, -- 1 entry_lines, 2 unit_lines, 3 fill_lines, 4 transfer_lines, 5 order_lines
  id     INTEGER NOT NULL,
  count  INTEGER NOT NULL, -- lines that came in with it, or by merging
  target INTEGER NOT NULL, -- run that it is merged into, 0 none
  reach  INTEGER NOT NULL, -- of a run that others are merged into: fund accounts below it are done; 0 none are merged
  PRIMARY KEY (lines, id)
) STRICT, WITHOUT ROWID;
INSERT INTO runs (lines, id, count, target, reach) VALUES (1, 0, 0, 0, 0), (2, 0, 0, 0, 0), (3, 0, 0, 0, 0), (4, 0, 0, 0, 0), (5, 0, 0, 0, 0);

-- Postings on clients' cash: the lines of a statement.
CREATE TABLE entry_lines (
  run     INTEGER NOT NULL,
  fund    INTEGER NOT NULL,
  date    INTEGER NOT NULL, -- business date
  height  INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  n       INTEGER NOT NULL, -- place among the record's postings
  bank    INTEGER NOT NULL,
  code    INTEGER NOT NULL, -- why
  amount  INTEGER NOT NULL, -- signed
  balance INTEGER NOT NULL, -- of the account after it
  ref     INTEGER NOT NULL, -- transfer or order, 0 none
  against INTEGER NOT NULL, -- kind of the account on the other side
  PRIMARY KEY (run, fund, date, height, at, n)
) STRICT, WITHOUT ROWID;
CREATE VIEW all_entries AS
  SELECT l.fund, l.date, l.height, l.at, l.n, l.bank, l.code, l.amount, l.balance, l.ref, l.against
  FROM runs r CROSS JOIN entry_lines l WHERE r.lines = 1 AND l.run = r.id;

-- Postings on clients' positions.
CREATE TABLE unit_lines (
  run        INTEGER NOT NULL,
  fund       INTEGER NOT NULL,
  date       INTEGER NOT NULL,
  height     INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  n          INTEGER NOT NULL, -- place among the record's postings on positions
  instrument INTEGER NOT NULL, -- market.ID
  code       INTEGER NOT NULL,
  amount     INTEGER NOT NULL, -- units, signed
  balance    INTEGER NOT NULL, -- of the position after it
  cost       INTEGER NOT NULL, -- of the position after it
  ref        INTEGER NOT NULL, -- order, 0 none
  PRIMARY KEY (run, fund, date, height, at, n)
) STRICT, WITHOUT ROWID;
CREATE VIEW all_units AS
  SELECT l.fund, l.date, l.height, l.at, l.n, l.instrument, l.code, l.amount, l.balance, l.cost, l.ref
  FROM runs r CROSS JOIN unit_lines l WHERE r.lines = 2 AND l.run = r.id;

-- The closing of each business date: the block at which the day end had done
-- interest, which is where the files for the banks are read too.
CREATE TABLE closed (
  date   INTEGER PRIMARY KEY,
  height INTEGER NOT NULL
) STRICT;

-- Accounts as they were at a closing, each written when it had changed since the
-- one before: what an account had at a closing is its last row up to that date.
CREATE TABLE closings (
  row           INTEGER NOT NULL,
  date          INTEGER NOT NULL,
  balance       INTEGER NOT NULL,
  held_order    INTEGER NOT NULL,
  held_transfer INTEGER NOT NULL,
  held_other    INTEGER NOT NULL,
  payable       INTEGER NOT NULL,
  receivable    INTEGER NOT NULL,
  cost          INTEGER NOT NULL,
  PRIMARY KEY (row, date)
) STRICT, WITHOUT ROWID;

-- The price each security closed with: the closing price, or the last, or that of
-- the day before where nothing traded.
CREATE TABLE closes (
  date       INTEGER NOT NULL,
  instrument INTEGER NOT NULL, -- market.ID
  price      INTEGER NOT NULL,
  PRIMARY KEY (date, instrument)
) STRICT, WITHOUT ROWID;

CREATE TABLE transfers (
  id          INTEGER PRIMARY KEY, -- platform serial, which begins with the date
  fund        INTEGER NOT NULL,
  bank        INTEGER NOT NULL,
  direction   INTEGER NOT NULL,
  initiator   INTEGER NOT NULL,
  state       INTEGER NOT NULL,
  channel     INTEGER NOT NULL,
  booked      INTEGER NOT NULL,
  matched     INTEGER NOT NULL,
  bank_error  INTEGER NOT NULL,
  date        INTEGER NOT NULL,
  asked       INTEGER NOT NULL,
  ended       INTEGER NOT NULL,
  amount      INTEGER NOT NULL,
  bank_ref    TEXT    NOT NULL,
  reverses    INTEGER NOT NULL,
  reversed_by INTEGER NOT NULL,
  difference  INTEGER NOT NULL -- number of the case, 0 none
) STRICT;

-- The transfers of each fund account.
CREATE TABLE transfer_lines (
  run    INTEGER NOT NULL,
  fund   INTEGER NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (run, fund, number)
) STRICT, WITHOUT ROWID;
CREATE VIEW all_transfer_lines AS
  SELECT l.fund, l.number FROM runs r CROSS JOIN transfer_lines l WHERE r.lines = 4 AND l.run = r.id;

CREATE TABLE orders (
  id         INTEGER PRIMARY KEY,
  fund       INTEGER NOT NULL,
  instrument INTEGER NOT NULL, -- market.ID
  side       INTEGER NOT NULL,
  category   INTEGER NOT NULL,
  type       INTEGER NOT NULL,
  state      INTEGER NOT NULL,
  channel    INTEGER NOT NULL,
  cancelling INTEGER NOT NULL,
  cleared    INTEGER NOT NULL,
  reason     INTEGER NOT NULL,
  date       INTEGER NOT NULL,
  placed     INTEGER NOT NULL,
  price      INTEGER NOT NULL,
  quantity   INTEGER NOT NULL,
  filled     INTEGER NOT NULL,
  cancelled  INTEGER NOT NULL,
  value      INTEGER NOT NULL,
  fees       INTEGER NOT NULL,
  exchange   TEXT    NOT NULL -- the exchange's number
) STRICT;

-- The orders of each fund account.
CREATE TABLE order_lines (
  run    INTEGER NOT NULL,
  fund   INTEGER NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (run, fund, number)
) STRICT, WITHOUT ROWID;
CREATE VIEW all_order_lines AS
  SELECT l.fund, l.number FROM runs r CROSS JOIN order_lines l WHERE r.lines = 5 AND l.run = r.id;

CREATE TABLE fill_lines (
  run        INTEGER NOT NULL,
  fund       INTEGER NOT NULL,
  date       INTEGER NOT NULL,
  height     INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  number     INTEGER NOT NULL, -- order
  instrument INTEGER NOT NULL,
  side       INTEGER NOT NULL,
  price      INTEGER NOT NULL,
  quantity   INTEGER NOT NULL,
  exec       TEXT    NOT NULL,
  PRIMARY KEY (run, fund, date, height, at)
) STRICT, WITHOUT ROWID;
CREATE VIEW all_fills AS
  SELECT l.fund, l.date, l.height, l.at, l.number, l.instrument, l.side, l.price, l.quantity, l.exec
  FROM runs r CROSS JOIN fill_lines l WHERE r.lines = 3 AND l.run = r.id;

CREATE TABLE freezes (
  row        INTEGER PRIMARY KEY,
  fund       INTEGER NOT NULL,
  reason     INTEGER NOT NULL,
  whole      INTEGER NOT NULL,
  instrument INTEGER NOT NULL, -- market.ID, 0 for cash
  date       INTEGER NOT NULL,
  until      INTEGER NOT NULL,
  released   INTEGER NOT NULL,
  amount     INTEGER NOT NULL,
  held       INTEGER NOT NULL,
  deducted   INTEGER NOT NULL,
  paid       INTEGER NOT NULL,
  document   TEXT    NOT NULL
) STRICT;
CREATE INDEX freezes_fund ON freezes (fund, row);

-- What staff and bank desks did, and what anybody was refused.
CREATE TABLE audit (
  height INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  caller INTEGER NOT NULL,
  kind   INTEGER NOT NULL,
  code   INTEGER NOT NULL,
  ref    INTEGER NOT NULL,
  PRIMARY KEY (height, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_caller ON audit (caller, height, at);

-- Differences found by reconciliation.
CREATE TABLE cases (
  number    INTEGER PRIMARY KEY,
  date      INTEGER NOT NULL,
  found     INTEGER NOT NULL,
  type      INTEGER NOT NULL,
  subject   INTEGER NOT NULL,
  state     INTEGER NOT NULL,
  resolved  INTEGER NOT NULL, -- how it ended
  bank      INTEGER NOT NULL,
  market    INTEGER NOT NULL,
  fund      INTEGER NOT NULL,
  ours      INTEGER NOT NULL,
  theirs    INTEGER NOT NULL,
  our_ref   INTEGER NOT NULL,
  their_ref TEXT    NOT NULL,
  opened    INTEGER NOT NULL,
  closed    INTEGER NOT NULL
) STRICT;

-- Acts that wait for a second person, or had one.
CREATE TABLE proposals (
  id         INTEGER PRIMARY KEY,
  act        INTEGER NOT NULL,
  state      INTEGER NOT NULL,
  date       INTEGER NOT NULL,
  maker      INTEGER NOT NULL,
  checker    INTEGER NOT NULL,
  made       INTEGER NOT NULL,
  ended      INTEGER NOT NULL,
  difference INTEGER NOT NULL,
  digest     BLOB    NOT NULL -- of the payload
) STRICT;

-- What was proposed, and the words that went with it: part 1 from the maker, 2
-- from a checker who declined.
CREATE TABLE words (
  proposal INTEGER NOT NULL,
  part     INTEGER NOT NULL,
  payload  BLOB    NOT NULL,
  reason   TEXT    NOT NULL,
  PRIMARY KEY (proposal, part)
) STRICT, WITHOUT ROWID;
