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

/** A process that was started for one question. */
export interface QueryProcess {
  ask(question: Question): void;
  whenAnswered(listener: (answer: Answer) => void): void;
  /** It is gone, with why. */
  whenEnded(listener: (reason: string) => void): void;
  /** At once, whatever it is doing. */
  kill(): void;
}

/** The file of query-process, which Node forks; or how it is started where there is no such Node, as in a packaged Electron. */
export type QuerySource = string | (() => QueryProcess);

export class QueryClient {
  readonly #source: QuerySource;
  readonly #folder: string;

  /** `folder` is that of the database. */
  constructor(source: QuerySource, folder: string) {
    this.#source = source;
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
      const child = typeof this.#source === 'string' ? forked(this.#source) : this.#source();
      const cancel = (): void => {
        child.kill();
        reject(new RpcError({ code: RPC_CODES.cancelled, message: 'the query was cancelled' }));
      };
      signal.addEventListener('abort', cancel, { once: true });
      child.whenAnswered((answer) => {
        if ('error' in answer) reject(new RpcError(answer.error));
        else resolve(answer.result);
      });
      child.whenEnded((reason) => {
        signal.removeEventListener('abort', cancel);
        reject(new RpcError({ code: 'sql', message: `the query ended without an answer (${reason})` }));
      });
      child.ask({ folder: this.#folder, ask });
    });
  }
}

/** It answers, then ends by itself. */
function forked(file: string): QueryProcess {
  const child = fork(file, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  return {
    ask: (question) => void child.send(question),
    whenAnswered: (listener) => void child.once('message', listener),
    whenEnded: (listener) => {
      child.once('error', (error) => listener(error.message));
      child.once('exit', (status, signal) => listener(String(signal ?? status)));
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
