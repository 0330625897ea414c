/** Bookmarks: places of a session or of one of its runs that somebody wants to find again. */
import { randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { Bookmark, BookmarkPlace } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';

type Row = Omit<Bookmark, 'place'> & { readonly place: string };

const noBookmark = (id: string): RpcError => new RpcError({ code: RPC_CODES.notFound, message: `no bookmark ${id} in the store` });

export class Bookmarks {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(sessionId: string): Bookmark[] {
    const rows = this.#db.prepare<[string], Row>('SELECT id, run_id AS runId, place, note, made FROM bookmark WHERE session_id = ? ORDER BY made, rowid').all(sessionId);
    return rows.map(({ place, ...row }) => ({ ...row, place: JSON.parse(place) as BookmarkPlace }));
  }

  add(sessionId: string, runId: string | null, place: BookmarkPlace, note: string, when: string): { readonly id: string } {
    const id = randomUUID();
    const there = this.#db.prepare('SELECT 1 FROM session WHERE id = ? AND (? IS NULL OR EXISTS (SELECT 1 FROM run WHERE id = ? AND session_id = session.id))').get(sessionId, runId, runId);
    if (there === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `no session ${sessionId}${runId === null ? '' : ` with a run ${runId}`} in the store` });
    this.#db.prepare('INSERT INTO bookmark (id, session_id, run_id, place, note, made) VALUES (?, ?, ?, ?, ?, ?)').run(id, sessionId, runId, JSON.stringify(place), note, when);
    return { id };
  }

  note(id: string, note: string): void {
    if (this.#db.prepare('UPDATE bookmark SET note = ? WHERE id = ?').run(note, id).changes === 0) throw noBookmark(id);
  }

  remove(id: string): void {
    if (this.#db.prepare('DELETE FROM bookmark WHERE id = ?').run(id).changes === 0) throw noBookmark(id);
  }
}
