/** The reverse look-up: which streams reach a physical address, through which stage, and which structures lie there. */
import { mappingsOf } from './mappings.ts';
import type { Mapping } from './mappings.ts';
import { surveyStreams } from './streams.ts';
import { surveyStructures } from './structures.ts';
import type { Structure } from './structures.ts';
import type { Surveyed } from './surveyed.ts';

/** A mapping that leads to the address, from the page that does. */
export interface Reaching {
  readonly mapping: Mapping;
  /** Input address of the physical one. */
  readonly iova: bigint;
  readonly ipa: bigint | null;
}

export interface WhoReaches {
  readonly reaching: readonly Reaching[];
  /** What lies at the address itself. */
  readonly structures: readonly Structure[];
}

/** Everything that maps the physical address. */
export function whoReaches(pa: bigint, surveyed: Surveyed): WhoReaches {
  const survey = surveyStreams(surveyed);
  const reaching = survey.streams.flatMap((stream) =>
    mappingsOf(stream, surveyed).mappings.flatMap((mapping): Reaching[] => {
      if (mapping.pa === null || pa < mapping.pa || pa >= mapping.pa + mapping.size) return [];
      const offset = pa - mapping.pa;
      return [{ mapping, iova: mapping.from + offset, ipa: mapping.ipa === null ? null : mapping.ipa + offset }];
    }),
  );
  const structures = surveyStructures(surveyed, survey).filter((one) => pa >= one.pa && pa < one.pa + one.size);
  return { reaching, structures };
}
