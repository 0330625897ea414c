/** The one registry of verbs: the steps, the console and the documentation are made from it. */
import { ok } from '../base/result.ts';
import type { VerbName } from './data.ts';
import { readVerb, registerVerb, writeVerb } from './verbs/access.ts';
import { atosVerb } from './verbs/atos.ts';
import { atsVerb, priVerb } from './verbs/ats.ts';
import { commandVerb, syncVerb } from './verbs/commands.ts';
import { dmaVerb } from './verbs/dma.ts';
import { expectVerb } from './verbs/expect.ts';
import { cdVerb, inspectVerb, steVerb } from './verbs/records.ts';
import { resumeVerb, stallTermVerb } from './verbs/stall.ts';
import { mapVerb, unmapVerb } from './verbs/tables.ts';
import { done } from './verbs/verb.ts';
import type { Verb } from './verbs/verb.ts';

const noteVerb: Verb<'note'> = { name: 'note', doc: 'Text between steps.', execute: (_machine, { text }) => ok(done(text)) };

export const VERBS: { readonly [V in VerbName]: Verb<V> } = {
  note: noteVerb,
  dma: dmaVerb,
  map: mapVerb,
  unmap: unmapVerb,
  command: commandVerb,
  sync: syncVerb,
  write: writeVerb,
  read: readVerb,
  register: registerVerb,
  ste: steVerb,
  cd: cdVerb,
  inspect: inspectVerb,
  ats: atsVerb,
  pri: priVerb,
  resume: resumeVerb,
  stall_term: stallTermVerb,
  atos: atosVerb,
  expect: expectVerb,
};
