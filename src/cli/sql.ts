import { dataFolder } from '../host/data-folder.ts';
import { openForReading, runSql } from '../host/store/query/sql.ts';
import type { SqlAnswer } from '../host/store/query/sql.ts';
import { EXIT, jsonLine } from './io.ts';
import { refusingRpc, unwrap } from './refusal.ts';
import type { Register } from './register.ts';

interface Options {
  readonly data?: string;
  readonly json?: boolean;
}

/** Tabs between columns: for `cut`, `sort` and `column -t`. */
function table({ columns, rows }: SqlAnswer): string {
  return [columns, ...rows].map((row) => `${row.map((value) => (value === null ? '' : String(value).replace(/[\t\n]/g, ' '))).join('\t')}\n`).join('');
}

const lines = ({ columns, rows }: SqlAnswer): string => rows.map((row) => jsonLine(Object.fromEntries(columns.map((name, at) => [name, row[at]])))).join('');

/** `sql SESSION SELECT`: reads the store; this process is the query's own, so that Ctrl+C ends it. */
export const registerSql: Register = (program, io, done) => {
  program
    .command('sql')
    .description("a SELECT over the store, with the transactions and records of a session's newest run as tables; nothing is written")
    .argument('<session>', 'title or id of a session')
    .argument('<select>', 'such as "SELECT sid, count(*) FROM transactions WHERE status = 1 GROUP BY sid"')
    .option('--data <folder>', "where sessions are kept; this user's data folder without")
    .option('--json', 'one JSON line per row')
    .action(async (session: string, sql: string, { data, json }: Options) => {
      const db = unwrap(await openForReading(data ?? dataFolder()));
      try {
        const answer = refusingRpc(() => runSql(db, { session, sql, limit: Infinity }));
        io.out(json === true ? lines(answer) : table(answer));
        done(EXIT.OK);
      } finally {
        db.close();
      }
    });
};
