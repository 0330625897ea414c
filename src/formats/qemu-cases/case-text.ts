/** A case as one line of JSON, as `readCases` reads it; answers where there are some. */
import { hex, hexBytes } from '../../model/base/address.ts';
import type { Action, AskedCase } from './case.ts';
import type { Answer } from './run-case.ts';


const actionJson = (action: Action): unknown[] => action.map((part) => (typeof part === 'bigint' ? hex(part) : part instanceof Uint8Array ? hexBytes(part) : part));

/** `about`: what the line says of the case besides, such as the QEMU that answered. */
export function caseLine({ seed, setup, tx }: AskedCase, answers: readonly Answer[], about: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({
    ...(seed === undefined ? {} : { seed }),
    ...about,
    tags: [],
    setup: setup.map(actionJson),
    tx: tx.map(({ pre, op, sid, iova, len, wdata }, index) => {
      const { status, pa, events, data } = answers[index]!;
      return {
        pre: pre.map(actionJson),
        ...{ op, sid, iova: hex(iova), len, status },
        ...(wdata == null ? {} : { wdata: hexBytes(wdata) }),
        ...(data === null ? {} : { rdata: hexBytes(data) }),
        ...(pa === null ? {} : { pa: hex(pa) }),
        events: events.map((raw) => ({ raw })),
        diff: null,
      };
    }),
  });
}
