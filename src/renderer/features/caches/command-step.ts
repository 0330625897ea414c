import { hexId } from '../../widgets/address.ts';

/** A command as it is typed in the preview, as the steps that send it. */
const PAIR = /([A-Za-z]\w*)\s*=\s*(0x[0-9a-fA-F_]+|\d+)/g;

/** With the StreamIDs of devices that are named, as steps name them: `StreamID=nic0`. A name that no device has stays. */
export function withStreamIds(text: string, devices: readonly { readonly sid: number; readonly name: string }[]): string {
  return text.replace(/\b(StreamID\s*=\s*)([A-Za-z_][\w.-]*)/gi, (all, field: string, name: string) => {
    const device = devices.find((one) => one.name === name);
    return device === undefined ? all : `${field}${hexId(device.sid)}`;
  });
}

/** In a lab of the whole stack the host's driver sends it, with its CMD_SYNC; else the two are steps of their own. Null: it is no command. */
export function stepsOfCommand(text: string, isStack: boolean): readonly string[] | null {
  const name = /^\s*(CMD_\w+)/i.exec(text)?.[1]?.toUpperCase();
  if (name === undefined) return null;
  const fields = [...text.matchAll(PAIR)].map(([, field, value]) => `${field}: ${value}`);
  const command = `{ ${name}: ${fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`} }`;
  return isStack ? [`- host_command: ${command}`] : [`- command: ${command}`, '- sync:'];
}
