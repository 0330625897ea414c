/**
 * One question to the store in a process of its own: what takes too long is ended by ending the process. It is told the question by its
 * parent, answers once and ends.
 */
import { assert } from '../model/base/assert.ts';
import { RPC_CODES, RpcError } from '../protocol/errors.ts';
import type { Answer, Question } from './store/query/query-client.ts';
import { find } from './store/query/find.ts';
import { openForReading, runSql } from './store/query/sql.ts';

const send = process.send?.bind(process);
assert(send !== undefined, 'query-process is forked');

async function answer({ folder, ask }: Question): Promise<Answer> {
  try {
    const db = await openForReading(folder);
    if (!db.ok) return { error: db.error };
    return { result: ask.kind === 'sql' ? runSql(db.value, ask) : find(db.value, ask) };
  } catch (error) {
    return { error: error instanceof RpcError ? error.toFailure() : { code: RPC_CODES.internal, message: (error as Error).message } };
  }
}

process.once('message', (question: Question) => {
  void answer(question).then((message) => send(message, () => process.exit()));
});
// The parent is gone: nobody waits.
process.on('disconnect', () => process.exit());
