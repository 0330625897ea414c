/** The verbs of stack labs: the steps, the console and the documentation are made from them. */
import { ok } from '../../base/result.ts';
import { EXPECT_DOC } from '../verbs/expect.ts';
import type { StackVerbName } from './data.ts';
import type { StackVerb } from './verb.ts';
import { dmaVerb, msiVerb, plugVerb } from './verbs/device.ts';
import { attachVerb, cdVerb, commandVerb, detachVerb, flushVerb, mapVerb, resumeVerb, steVerb, unmapVerb } from './verbs/guest.ts';
import { attachPasidTableVerb, cacheInvalidateVerb, detachPasidTableVerb, hostCommandVerb, hostMapVerb, hostUnmapVerb, ioctlVerb } from './verbs/host.ts';
import { inspectVerb } from './verbs/inspect.ts';
import { readVerb, registerVerb, writeVerb } from './verbs/look.ts';
import { CALL_VERBS, fileReadVerb, fileWriteVerb, pageResponseVerb, regionReadVerb, regionWriteVerb } from './verbs/uapi.ts';

const noteVerb: StackVerb<'note'> = { name: 'note', doc: 'Text between steps.', execute: (_bench, { text }) => ok({ text }) };

const expectVerb: StackVerb<'expect'> = { name: 'expect', doc: EXPECT_DOC, execute: ({ told, smmu }, input) => ok(told.expect(input, smmu)) };

export const STACK_VERBS: { readonly [V in StackVerbName]: StackVerb<V> } = {
  note: noteVerb,
  expect: expectVerb,
  dma: dmaVerb,
  map: mapVerb,
  unmap: unmapVerb,
  flush: flushVerb,
  attach: attachVerb,
  detach: detachVerb,
  resume: resumeVerb,
  ste: steVerb,
  cd: cdVerb,
  command: commandVerb,
  host_map: hostMapVerb,
  host_unmap: hostUnmapVerb,
  plug: plugVerb,
  msi: msiVerb,
  attach_pasid_table: attachPasidTableVerb,
  detach_pasid_table: detachPasidTableVerb,
  cache_invalidate: cacheInvalidateVerb,
  ioctl: ioctlVerb,
  write: writeVerb,
  read: readVerb,
  inspect: inspectVerb,
  register: registerVerb,
  host_command: hostCommandVerb,
  region_read: regionReadVerb,
  region_write: regionWriteVerb,
  file_read: fileReadVerb,
  file_write: fileWriteVerb,
  page_response: pageResponseVerb,
  ...CALL_VERBS,
};
