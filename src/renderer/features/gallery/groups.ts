/** Samples under their headings, those that a text asks for. */
import type { Sample } from '../../../protocol/contract.ts';

export interface SampleGroup {
  readonly title: string;
  readonly samples: readonly Sample[];
}

/** Every word of the text is somewhere in the title, the sentence, the heading or the folder's name. */
export function groupsFor(samples: readonly Sample[], text: string): readonly SampleGroup[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const found = new Map<string, Sample[]>();
  for (const sample of samples) {
    const whole = `${sample.title} ${sample.summary} ${sample.group} ${sample.id}`.toLowerCase();
    if (words.every((word) => whole.includes(word))) found.set(sample.group, [...(found.get(sample.group) ?? []), sample]);
  }
  return [...found].map(([title, list]) => ({ title: title === '' ? 'More' : title, samples: list }));
}
