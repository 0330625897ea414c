/** A transaction as text for elsewhere, and as what does it again: a step, a line of the console. Pure. */
export interface CopiedAccess {
  readonly txn: number;
  readonly device?: string | undefined;
  readonly sid: number;
  readonly ssid: number | null;
  readonly iova: string;
  readonly access: 'read' | 'write' | 'execute';
  readonly privileged: boolean;
  readonly length: number;
  readonly status: string;
  readonly pa: string | null;
  readonly event: string | null;
  readonly rule: string | null;
}

export const ACCESS_FORMS = ['text', 'json', 'yaml', 'step', 'cli'] as const;
export type AccessForm = (typeof ACCESS_FORMS)[number];
export const ACCESS_TITLES: Readonly<Record<AccessForm, string>> = { text: 'text', json: 'JSON', yaml: 'YAML', step: 'a step that does it again', cli: 'a command line that does it again' };

/** The keys of the verb `dma`; without a device by that name there is no such step. */
function dmaOf({ device, ssid, iova, access, privileged, length }: CopiedAccess): readonly (readonly [string, string])[] | null {
  if (device === undefined) return null;
  const pairs: [string, string][] = [['device', device], ['iova', iova], ['access', access], ['length', String(length)]];
  if (ssid !== null) pairs.push(['ssid', String(ssid)]);
  if (privileged) pairs.push(['privileged', 'true']);
  return pairs;
}

function entriesOf({ txn, device, sid, ssid, iova, access, privileged, length, status, pa, event, rule }: CopiedAccess): readonly (readonly [string, string | number | boolean])[] {
  const all: readonly (readonly [string, string | number | boolean | null | undefined])[] = [
    ['txn', txn], ['device', device], ['StreamID', `0x${sid.toString(16)}`], ['SubstreamID', ssid], ['iova', iova], ['access', access], ['privileged', privileged], ['length', length], ['status', status], ['pa', pa], ['event', event], ['rule', rule],
  ];
  return all.flatMap(([key, value]) => (value === null || value === undefined ? [] : [[key, value] as const]));
}

/** null: it cannot be said so, because the device has no name. `data` of a write is not in the trace, so that none is given. */
export function copyAccess(row: CopiedAccess, form: AccessForm): string | null {
  const dma = dmaOf(row);
  switch (form) {
    case 'text':
      return entriesOf(row).map(([key, value]) => `${key} ${value}`).join(', ');
    case 'json':
      return JSON.stringify(Object.fromEntries(entriesOf(row)), null, 2);
    case 'yaml':
      return entriesOf(row).map(([key, value]) => `${key}: ${value}`).join('\n');
    case 'step':
      return dma === null ? null : `- dma: { ${dma.map(([key, value]) => `${key}: ${value}`).join(', ')} }`;
    case 'cli':
      return dma === null ? null : `echo 'dma ${dma.map(([key, value]) => `${key}=${value}`).join(' ')}' | smmu-lab console LAB --run`;
  }
}
