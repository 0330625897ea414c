import { resolve } from 'node:path';
import type { StoredRun } from '../protocol/contract.ts';
import { EXIT, jsonLine } from './io.ts';
import type { Register } from './register.ts';
import { withStore } from './with-store.ts';

interface Options {
  readonly data?: string;
  readonly json?: boolean;
}

const traceText = ({ level, records, dropped, omitted, cut, digest }: StoredRun): string =>
  [
    `${records} records${level === null ? '' : ` of level ${level}`}`,
    ...(dropped === 0 ? [] : [`${dropped} dropped`]),
    ...(omitted === 0 ? [] : [`${omitted} left out`]),
    ...(cut ? [`partial: cut at record ${records} by a crash`] : []),
    digest === null ? 'no digest' : `digest ${digest}`,
  ].join(', ');

/** `store`: the database of sessions as a whole. */
export const registerStore: Register = (program, io, done) => {
  const store = program.command('store').description('the database of sessions: its size, its soundness, a sound copy, and stored runs that are let go');
  const command = (name: string, about: string) =>
    store.command(name).description(about).option('--data <folder>', "where sessions are kept; this user's data folder without").option('--json', 'one JSON document');

  command('list', 'sessions, newest first, with their stored runs')
    .argument('[words...]', 'only those in whose title, notes, tags or documents these words are')
    .action(async (words: readonly string[], { data, json }: Options) => {
      const sessions = await withStore(data, async (client) => {
        const list = await client.call('listSessions', { search: words.join(' ') });
        return Promise.all(list.map(async (session) => ({ ...session, stored: (await client.call('open', { id: session.id })).runs })));
      });
      for (const { id, title, saved, tags, stored } of sessions) {
        if (json === true) continue;
        io.out(`${id}  ${saved}  ${[title, ...tags.map((tag) => `#${tag}`)].join(' ')}\n`);
        for (const run of stored) io.out(`  run ${run.id}  ${run.when}  ${traceText(run)}\n`);
      }
      if (json === true) io.out(jsonLine(sessions));
      done(EXIT.OK);
    });
  command('size', 'bytes of the file and of the traces in it').action(async ({ data, json }: Options) => {
    const size = await withStore(data, (client) => client.call('size', {}));
    const { file, bytes, traces, free, sessions, runs } = size;
    io.out(json === true ? jsonLine(size) : `${file}: ${bytes} bytes, ${traces} of them traces, ${free} free; ${sessions} sessions, ${runs} stored runs\n`);
    done(EXIT.OK);
  });
  command('check', 'what is wrong with the database; exit status 1 when something is').action(async ({ data, json }: Options) => {
    const complaints = await withStore(data, (client) => client.call('check', {}));
    if (json === true) io.out(jsonLine({ complaints }));
    else io.out(complaints.length === 0 ? 'sound\n' : complaints.map((line) => `${line}\n`).join(''));
    done(complaints.length === 0 ? EXIT.OK : EXIT.UNMET);
  });
  command('copy', 'a sound copy of all that can be read, such as of a damaged database')
    .argument('<file>', 'a new file')
    .action(async (file: string, { data }: Options) => {
      await withStore(data, (client) => client.call('copyTo', { file: resolve(file) }));
      done(EXIT.OK);
    });
  command('prune', 'removes stored runs with their traces, and gives their room back')
    .argument('<run...>', 'ids of runs')
    .action(async (runIds: readonly string[], { data, json }: Options) => {
      const removed = await withStore(data, (client) => client.call('prune', { runIds }));
      io.out(json === true ? jsonLine({ removed }) : `${removed} of ${runIds.length} removed\n`);
      done(removed === runIds.length ? EXIT.OK : EXIT.UNMET);
    });
};
