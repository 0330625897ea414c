/** Questions to begin with. */
export const EXAMPLES: readonly { readonly title: string; readonly sql: string }[] = [
  { title: 'Faults of each device', sql: 'SELECT sid, count(*) AS faults\nFROM transactions\nWHERE status = 1\nGROUP BY sid\nORDER BY faults DESC' },
  { title: 'Records by kind', sql: 'SELECT kind, count(*) AS records\nFROM records\nGROUP BY kind\nORDER BY records DESC' },
  { title: 'Pages that are walked most often', sql: "SELECT printf('0x%x', iova & ~0xfff) AS page, count(*) AS walks, sum(reads) AS reads\nFROM transactions\nWHERE reads > 0\nGROUP BY page\nORDER BY reads DESC\nLIMIT 20" },
  { title: 'Runs of all sessions', sql: 'SELECT session.title, run.finished, run.records, run.transactions, run.faults, run.digest\nFROM run JOIN session ON session.id = run.session_id\nWHERE run.complete = 1\nORDER BY run.finished DESC' },
  { title: 'What was done last', sql: 'SELECT at, number, action\nFROM action\nORDER BY at DESC\nLIMIT 50' },
];

export const TABLES = "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' AND name NOT GLOB 'session_text_*' ORDER BY name";

/** What is there beside the tables of the store, of the session's newest run. */
export const OF_THE_RUN = ['transactions', 'records'] as const;
