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
