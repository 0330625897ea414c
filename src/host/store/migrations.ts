/**
 * The schema, as numbered steps that only go forward. `user_version` of a database is the number of the last one applied.
 * A released migration is never edited: a change of the schema is a new one.
 */
import type { Database } from 'better-sqlite3';

/** "SMML" in ASCII: tells our files from other programs' databases. */
export const APPLICATION_ID = 0x534d4d4c;

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE session (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    created TEXT NOT NULL,
    saved TEXT NOT NULL
  );
  -- Every version of a session's documents; the newest is the one that opens.
  CREATE TABLE document (
    session_id TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    host TEXT NOT NULL,
    guest TEXT NOT NULL,
    steps TEXT NOT NULL,
    saved TEXT NOT NULL,
    PRIMARY KEY (session_id, version)
  );
  -- complete = 0 while the trace is being written by process "writer"; such a run is not shown.
  CREATE TABLE run (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    finished TEXT NOT NULL,
    digest TEXT,
    records INTEGER NOT NULL,
    transactions INTEGER NOT NULL,
    faults INTEGER NOT NULL,
    details TEXT NOT NULL,
    complete INTEGER NOT NULL DEFAULT 0,
    writer INTEGER NOT NULL,
    FOREIGN KEY (session_id, version) REFERENCES document(session_id, version)
  );
  CREATE INDEX run_by_session ON run(session_id, finished);
  -- 64-byte trace records, deflated (RFC 1951), in order.
  CREATE TABLE chunk (
    run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    records INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (run_id, number)
  );
  `,
  `
  ALTER TABLE session ADD COLUMN notes TEXT NOT NULL DEFAULT '';
  -- JSON array of words.
  ALTER TABLE session ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
  -- Of the window: JSON that only the window understands.
  ALTER TABLE session ADD COLUMN layout TEXT;
  CREATE VIRTUAL TABLE session_text USING fts5(session_id UNINDEXED, title, notes, tags, host, guest, steps);
  INSERT INTO session_text SELECT s.id, s.title, '', '', d.host, d.guest, d.steps FROM session AS s JOIN document AS d ON d.session_id = s.id
    WHERE d.version = (SELECT max(version) FROM document WHERE session_id = s.id);

  -- What was done in a session, in order; rows are added and never changed.
  CREATE TABLE action (
    session_id TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    -- JSON (store/journal/action.ts).
    action TEXT NOT NULL,
    PRIMARY KEY (session_id, number)
  ) WITHOUT ROWID;
  -- What all actions up to "number" lead to, so that few need be replayed: JSON (store/journal/working-state.ts).
  CREATE TABLE checkpoint (
    session_id TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (session_id, number)
  );
  INSERT INTO checkpoint SELECT s.id, 0, json_object('title', s.title, 'notes', '', 'tags', json('[]'),
      'documents', json_object('host', d.host, 'guest', d.guest, 'steps', d.steps), 'last', 0, 'saved', 0, 'done', json('[]'), 'undone', json('[]'))
    FROM session AS s JOIN document AS d ON d.session_id = s.id WHERE d.version = (SELECT max(version) FROM document WHERE session_id = s.id);
  CREATE TABLE bookmark (
    id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES session(id) ON DELETE CASCADE,
    -- Without a run it is of the session.
    run_id TEXT REFERENCES run(id) ON DELETE CASCADE,
    -- JSON: what it points at.
    place TEXT NOT NULL,
    note TEXT NOT NULL,
    made TEXT NOT NULL
  );
  CREATE INDEX bookmark_by_session ON bookmark(session_id, made);

  -- NULL: stored by a version that did not say.
  ALTER TABLE run ADD COLUMN level TEXT;
  ALTER TABLE run ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE run ADD COLUMN omitted INTEGER NOT NULL DEFAULT 0;
  -- Whether the tables below are filled for it.
  ALTER TABLE run ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
  UPDATE run SET level = 'steps', dropped = coalesce(json_extract(details, '$.dropped'), 0) WHERE json_valid(details);
  -- What is in a chunk: position of its first record, transactions and steps (the model has no clock: steps are its time), and bit n for kind n.
  ALTER TABLE chunk ADD COLUMN first INTEGER;
  ALTER TABLE chunk ADD COLUMN kinds INTEGER;
  ALTER TABLE chunk ADD COLUMN first_txn INTEGER;
  ALTER TABLE chunk ADD COLUMN last_txn INTEGER;
  ALTER TABLE chunk ADD COLUMN first_step INTEGER;
  ALTER TABLE chunk ADD COLUMN last_step INTEGER;
  -- 0: too many streams to list.
  ALTER TABLE chunk ADD COLUMN streams_listed INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE chunk_stream (
    run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    sid INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (run_id, sid, number)
  ) WITHOUT ROWID;
  -- Transactions as rows of query/transaction-row.ts, deflated; bit n of statuses: one of them ended with status n.
  CREATE TABLE transaction_chunk (
    run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    first_txn INTEGER NOT NULL,
    last_txn INTEGER NOT NULL,
    first_step INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    statuses INTEGER NOT NULL,
    streams_listed INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (run_id, number)
  );
  CREATE TABLE transaction_chunk_stream (
    run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    sid INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (run_id, sid, number)
  ) WITHOUT ROWID;
  -- Events, faults and commands. "event" counts the events of the run from 1; d0 to d7 are the 64 bytes as signed 64-bit numbers.
  CREATE TABLE record_row (
    run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    txn INTEGER,
    event INTEGER,
    position INTEGER NOT NULL,
    d0 INTEGER NOT NULL, d1 INTEGER NOT NULL, d2 INTEGER NOT NULL, d3 INTEGER NOT NULL,
    d4 INTEGER NOT NULL, d5 INTEGER NOT NULL, d6 INTEGER NOT NULL, d7 INTEGER NOT NULL,
    PRIMARY KEY (run_id, seq)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX record_by_event ON record_row(run_id, event) WHERE event IS NOT NULL;
  `,
  `
  -- 1: a crash ended the recording; what would have come after its last record is not known.
  ALTER TABLE run ADD COLUMN cut INTEGER NOT NULL DEFAULT 0;
  -- The process that is importing it; NULL: all of it is there. Only then is it shown.
  ALTER TABLE session ADD COLUMN arriving INTEGER;
  `,
];

/**
 * Brings a database from its version to the last of `migrations`, all or nothing. Safe against another process that does
 * the same at the same time.
 */
export function migrate(db: Database, migrations: readonly string[]): void {
  db.transaction(() => {
    const version = db.pragma('user_version', { simple: true }) as number;
    for (const sql of migrations.slice(version)) db.exec(sql);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${migrations.length}`);
  }).immediate();
}
