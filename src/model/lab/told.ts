/** What the SMMU tells of software, kept until a step asks for it. */
import { wastedText } from '../smmu/coherence/stale-hit-text.ts';
import type { Smmu } from '../smmu/smmu.ts';
import type { Misuse } from '../spec/misuse.ts';
import { misuseLine } from '../trace/misuse-text.ts';
import type { ExpectInput } from './access-data.ts';

/** What was told since the last step that asked, and what of it was not expected. */
export interface ToldSince {
  readonly text: string;
  readonly differences: readonly string[];
  readonly details: readonly { readonly name: string; readonly value: string }[];
}

const listed = (ids: readonly string[]): string => (ids.length === 0 ? 'none' : [...new Set(ids)].sort().join(', '));

function compareMisuse(wanted: readonly string[], got: string): readonly string[] {
  return listed(wanted) === got ? [] : [`misuse: expected ${listed(wanted)}, got ${got}`];
}

function compareWasted(wanted: readonly string[], lines: readonly string[]): readonly string[] {
  if (wanted.length === 0) return lines.length === 0 ? [] : [`wasted: expected none, got ${JSON.stringify(lines[0])}`];
  const missing = wanted.filter((text) => !lines.some((line) => line.includes(text)));
  return missing.map((text) => `wasted: expected ${JSON.stringify(text)}, got ${lines.length === 0 ? 'none' : JSON.stringify(lines[0])}`);
}

export class Told {
  private readonly misuses: Misuse[] = [];
  /** Wasted commands that an earlier step asked for. */
  private wasted = 0;

  readonly misuse = (misuse: Misuse): void => void this.misuses.push(misuse);

  /** Since the last call. */
  expect({ misuse, wasted }: ExpectInput, { coherence }: Smmu): ToldSince {
    const misuses = this.misuses.splice(0);
    const lines = (coherence?.wasted ?? []).slice(this.wasted).map(wastedText);
    this.wasted += lines.length;
    const ids = listed(misuses.map(({ id }) => id));
    return {
      text: `misuse: ${ids}${wasted === undefined ? '' : `; wasted commands: ${lines.length}`}`,
      differences: [...(misuse === undefined ? [] : compareMisuse(misuse, ids)), ...(wasted === undefined ? [] : compareWasted(wasted, lines))],
      details: [
        ...misuses.map((one) => ({ name: one.id, value: misuseLine(one).slice(one.id.length + 2) })),
        ...(wasted === undefined ? [] : lines.map((value) => ({ name: 'wasted', value }))),
      ],
    };
  }
}
