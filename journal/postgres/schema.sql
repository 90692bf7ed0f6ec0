-- The journals of any number of cells. Drawn in docs/formats/journal.md.
-- Every statement may be run again.

-- One row a cell: who may write.
CREATE TABLE IF NOT EXISTS sancun_journal (
  cell   bigint PRIMARY KEY CHECK (cell BETWEEN 0 AND 4294967295),
  format bigint NOT NULL CHECK (format = 1),
  fence  bigint NOT NULL CHECK (fence BETWEEN 0 AND 4294967295), -- blocks of lower epochs are refused
  pen    bigint NOT NULL -- number of the connection that may write, counted up by each that takes it
);

-- One row a block.
CREATE TABLE IF NOT EXISTS sancun_block (
  cell   bigint NOT NULL,
  height bigint NOT NULL CHECK (height > 0),
  hash   bytea  NOT NULL CHECK (octet_length(hash) = 32),
  block  bytea  NOT NULL,
  PRIMARY KEY (cell, height)
);

-- Blocks hold hashes and sealed data, which do not compress: do not try.
ALTER TABLE sancun_block ALTER COLUMN block SET STORAGE EXTERNAL;

-- Who serves, and until when unless he says so again.
CREATE TABLE IF NOT EXISTS sancun_lease (
  cell   bigint PRIMARY KEY,
  epoch  bigint NOT NULL CHECK (epoch BETWEEN 1 AND 4294967295),
  holder text   NOT NULL,
  until  timestamptz NOT NULL
);

-- A block is never changed and never deleted, not by mistake either.
CREATE OR REPLACE FUNCTION sancun_block_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'blocks are never changed or deleted' USING ERRCODE = 'restrict_violation'; END $$;
CREATE OR REPLACE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON sancun_block
  FOR EACH STATEMENT EXECUTE FUNCTION sancun_block_kept();
