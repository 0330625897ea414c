/** A command as it is typed in the preview, as the steps that send it. */
const PAIR = /([A-Za-z]\w*)\s*=\s*(0x[0-9a-fA-F_]+|\d+)/g;

/** In a lab of the whole stack the host's driver sends it, with its CMD_SYNC; else the two are steps of their own. Null: it is no command. */
export function stepsOfCommand(text: string, isStack: boolean): readonly string[] | null {
  const name = /^\s*(CMD_\w+)/i.exec(text)?.[1]?.toUpperCase();
  if (name === undefined) return null;
  const fields = [...text.matchAll(PAIR)].map(([, field, value]) => `${field}: ${value}`);
  const command = `{ ${name}: ${fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`} }`;
  return isStack ? [`- host_command: ${command}`] : [`- command: ${command}`, '- sync:'];
}
