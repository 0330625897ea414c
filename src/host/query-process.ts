/**
 * One question to the store in a process of its own: what takes too long is ended by ending the process. It is told the question by its
 * parent, answers once and ends.
 */
import { assert } from '../model/base/assert.ts';
import { RPC_CODES, RpcError } from '../protocol/errors.ts';
import type { Answer, Question } from './store/query/query-client.ts';
import { find } from './store/query/find.ts';
import { openForReading, runSql } from './store/query/sql.ts';

async function answer({ folder, ask }: Question): Promise<Answer> {
  try {
    const db = await openForReading(folder);
    if (!db.ok) return { error: db.error };
    return { result: ask.kind === 'sql' ? runSql(db.value, ask) : find(db.value, ask) };
  } catch (error) {
    return { error: error instanceof RpcError ? error.toFailure() : { code: RPC_CODES.internal, message: (error as Error).message } };
  }
}

/** What Electron gives its utility processes in place of `process.send`. */
interface ParentPort {
  once(event: 'message', listener: (message: { readonly data: Question }) => void): void;
  postMessage(message: Answer): void;
}

const { parentPort } = process as NodeJS.Process & { readonly parentPort?: ParentPort };
if (parentPort === undefined) serveForked();
// The parent ends it once it has the answer: a message that is under way would be lost with the process.
else parentPort.once('message', ({ data }) => void answer(data).then((message) => parentPort.postMessage(message)));

function serveForked(): void {
  const send = process.send?.bind(process);
  assert(send !== undefined, 'query-process is forked');
  process.once('message', (question: Question) => {
    void answer(question).then((message) => send(message, () => process.exit()));
  });
  // The parent is gone: nobody waits.
  process.on('disconnect', () => process.exit());
}
