/** What the victim edits, so that whoever looks later can tell what must be there. */
export const lineOf = (action: number): string => `# ${action}\n`;

/** The document after so many actions, each of which put its line in front. */
export const documentAfter = (actions: number): string => Array.from({ length: actions }, (_, n) => lineOf(actions - n)).join('');
