/** Commands of the window named from outside it: on the command line, in a macro. */

/** The ids in a text, between commas, spaces or lines. */
export const idsIn = (text: string): readonly string[] => text.split(/[\s,;]+/).filter((id) => id !== '');

/** `run.to-fault`. Which of them exist only the window knows. */
const isCommandId = (text: string): boolean => /^[a-z]+(?:[.-][a-z0-9]+)+$/.test(text) && text.includes('.');

/** What is wrong with a list of ids, or null. */
export function problemOfIds(text: string): string | null {
  const ids = idsIn(text);
  const wrong = ids.findIndex((id) => !isCommandId(id));
  if (wrong >= 0) return `command ${wrong + 1}, ${JSON.stringify(ids[wrong])}: expected the id of a command, such as run.to-fault`;
  return ids.length === 0 ? 'expected the ids of commands, such as "run.to-fault, look.walk"' : null;
}
