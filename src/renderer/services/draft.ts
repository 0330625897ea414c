/** Edits outlive a reload and the crash of the page, whether something saves them or not: they are kept where this tab remembers things. */
import { z } from 'zod';
import { MAX_DOCUMENT } from '../../protocol/contract.ts';

const KEY = 'smmu-lab.draft';
const text = z.string().max(MAX_DOCUMENT);
const schema = z.object({ title: z.string(), session: z.string().nullable(), documents: z.object({ host: text, guest: text, steps: text }) });
export type Draft = z.infer<typeof schema>;

/** What was being edited; null: nothing, or nothing that can be read. */
export function readDraft(storage: Storage | null): Draft | null {
  try {
    return schema.parse(JSON.parse(storage?.getItem(KEY) ?? 'null'));
  } catch {
    return null;
  }
}

/** A full storage costs only what a crash would lose. */
export function writeDraft(storage: Storage | null, draft: Draft | null): void {
  try {
    if (draft === null) storage?.removeItem(KEY);
    else storage?.setItem(KEY, JSON.stringify(draft));
  } catch {
    // See above.
  }
}

/** The storage of this tab, or null where the browser forbids it. */
export function tabStorage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
