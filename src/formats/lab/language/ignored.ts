/** Whether the SMMU will look at a field of an STE at all, as far as the documents say how its stream is configured. */
import { whyIgnored } from '../../../model/smmu/config/used-when.ts';
import { CD, decodeFeatures, encode, fieldOf, PRESETS, STE } from '../../../model/spec/index.ts';
import type { PartName, Path } from '../problem.ts';
import type { Trees } from './lab.ts';
import { textAt } from './tree.ts';

const FEATURES = decodeFeatures(PRESETS['v3.2'].id);
const NO_CD = new Uint32Array(CD.bytes / 4);
const CONFIGS = Object.entries(fieldOf(STE, 'Config')?.values ?? {});

const configOf = (text: string | null): number | null => {
  const named = CONFIGS.find(([value, [name]]) => name.toLowerCase() === text?.toLowerCase() || value === text);
  return named === undefined ? null : Number(named[0]);
};

/** Config beside the field, else of the device that the entry is, or that the step is about. */
function configAt({ trees }: Trees, part: PartName, path: Path): number | null {
  const beside = configOf(textAt(trees[part].root, [...path.slice(0, -1), 'Config']));
  if (beside !== null) return beside;
  const { root } = trees.host;
  if (part === 'host') return path[0] === 'devices' ? configOf(textAt(root, ['devices', path[1]!, 'Config'])) : null;
  const device = textAt(trees[part].root, [...path.slice(0, 2), 'device']);
  for (let at = 0; device !== null; at++) {
    const name = textAt(root, ['devices', at, 'name']);
    if (name === null) return null;
    if (name === device) return configOf(textAt(root, ['devices', at, 'Config']));
  }
  return null;
}

/** Such as "stage 1 is bypassed"; null: it will, or nobody says. `full` is `STE.S2VMID`. */
export function ignoredAt(trees: Trees, part: PartName, path: Path, full: string): string | null {
  const field = full.startsWith('STE.') ? fieldOf(STE, full.slice('STE.'.length)) : undefined;
  const config = field === undefined ? null : configAt(trees, part, path);
  if (field === undefined || config === null) return null;
  const ste = new Uint32Array(STE.bytes / 4);
  // Nothing but Config is known: the rest is as it must be for a field to be used.
  encode(STE, { V: true, Config: config, S1CDMax: 1, S1MPAM: true }, ste, 0);
  return whyIgnored(STE, field, { ste, cd: NO_CD, features: FEATURES, e2h: false });
}
