/** The client's side of QMP: requests with their answers, and events that somebody waits for. */
import type { Socket } from 'node:net';
import { z } from 'zod';
import { JsonReader } from '../qtest/json-reader.ts';

const messageSchema = z.object({
  QMP: z.object({ version: z.unknown() }).optional(),
  event: z.string().optional(),
  id: z.number().optional(),
  return: z.unknown().optional(),
  error: z.object({ desc: z.string() }).optional(),
});

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class QmpClient {
  readonly #socket: Socket;
  readonly #asked = new Map<number, Waiting>();
  readonly #expected = new Map<string, Waiting[]>();
  #next = 1;
  #ended: Error | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new JsonReader((text) => this.#message(text));
    socket.setEncoding('utf8').on('data', (chunk: string) => reader.push(chunk));
  }

  /** The return value of a command; rejects with its error's description. */
  ask(execute: string, given: object = {}): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const id = this.#next++;
    const answer = new Promise<unknown>((resolve, reject) => this.#asked.set(id, { resolve, reject }));
    this.#socket.write(`${JSON.stringify({ execute, arguments: given, id })}\n`);
    return answer;
  }

  /** The next event of this name. */
  event(name: string): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => this.#expected.set(name, [...(this.#expected.get(name) ?? []), { resolve, reject }]));
  }

  end(error: Error): void {
    this.#ended ??= error;
    const waiting = [...this.#asked.values(), ...[...this.#expected.values()].flat()];
    this.#asked.clear();
    this.#expected.clear();
    for (const { reject } of waiting) reject(this.#ended);
  }

  #message(text: string): void {
    const message = parsed(text);
    if (message === null) return this.end(new Error(`QMP: not a message: ${text.slice(0, 80)}`));
    const { event, id, error } = message;
    if (event !== undefined) {
      const waiting = this.#expected.get(event) ?? [];
      this.#expected.delete(event);
      for (const { resolve } of waiting) resolve(undefined);
    }
    if (id === undefined) return;
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === undefined) asked?.resolve(message.return);
    else asked?.reject(new Error(`QMP: ${error.desc}`));
  }
}

function parsed(text: string): z.infer<typeof messageSchema> | null {
  try {
    return messageSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
