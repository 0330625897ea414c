/** Questions to the store, each in a process that is killed when nobody wants the answer any more. */
import { fork } from 'node:child_process';
import { RPC_CODES, RpcError } from '../../../protocol/errors.ts';
import type { RpcFailure } from '../../../protocol/errors.ts';
import type { FindRequest, Found } from './find.ts';
import type { SqlAnswer, SqlRequest } from './sql.ts';

export type Ask = ({ readonly kind: 'sql' } & SqlRequest) | ({ readonly kind: 'find' } & FindRequest);

export interface Question {
  readonly folder: string;
  readonly ask: Ask;
}

export type Answer = { readonly result: SqlAnswer | Found } | { readonly error: RpcFailure };

export class QueryClient {
  readonly #file: string;
  readonly #folder: string;

  /** `file` is that of query-process, `folder` that of the database. */
  constructor(file: string, folder: string) {
    this.#file = file;
    this.#folder = folder;
  }

  sql(request: SqlRequest, signal: AbortSignal): Promise<SqlAnswer> {
    return this.#ask({ kind: 'sql', ...request }, signal) as Promise<SqlAnswer>;
  }

  find(request: FindRequest, signal: AbortSignal): Promise<Found> {
    return this.#ask({ kind: 'find', ...request }, signal) as Promise<Found>;
  }

  #ask(ask: Ask, signal: AbortSignal): Promise<SqlAnswer | Found> {
    return new Promise((resolve, reject) => {
      const child = fork(this.#file, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      const cancel = (): void => {
        child.kill('SIGKILL');
        reject(new RpcError({ code: RPC_CODES.cancelled, message: 'the query was cancelled' }));
      };
      signal.addEventListener('abort', cancel, { once: true });
      child.once('message', (answer: Answer) => {
        if ('error' in answer) reject(new RpcError(answer.error));
        else resolve(answer.result);
      });
      child.once('error', (error) => reject(error));
      child.once('exit', (status, reason) => {
        signal.removeEventListener('abort', cancel);
        reject(new RpcError({ code: 'sql', message: `the query ended without an answer (${reason ?? status})` }));
      });
      child.send({ folder: this.#folder, ask } satisfies Question);
    });
  }
}
