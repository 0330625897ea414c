import { expect, it } from 'vitest';
import { DEFAULT_CACHES, NO_CACHES } from '../../src/model/smmu/options.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import { decodeRecord, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import { stepOf } from '../../src/model/trace/steps.ts';
import { NestedMachine } from './nested-machine.ts';

const IDR1 = PRESETS['qemu-11'].id.IDR1 | (1 << 26);

/** The sentences of the configuration cache over two accesses. */
function sentences(caches: typeof NO_CACHES, access: 'read' | 'write', id: { IDR1?: number } = { IDR1 }): string[] {
  const m = new NestedMachine({ id, caches, ste: { PRIVCFG: 3, INSTCFG: 2 } });
  const buffer = new TraceBuffer();
  m.smmu.setRecorder(new Recorder(buffer));
  for (let i = 0; i < 2; i++) m.access(access, { privileged: false });
  m.memory.release();
  const steps = Array.from({ length: buffer.count }, (_, i) => stepOf(decodeRecord(buffer.words, i * RECORD_WORDS)).text);
  return steps.filter((text) => text.includes('StreamID 0x8') && /^configuration (cache )?(of|keeps|hit)/.test(text));
}

it('the trace says what PRIVCFG and INSTCFG make of an access [ste.PRIVCFG] [ste.INSTCFG] [register.IDR1.ATTR_PERMS_OVR]', () => {
  const both = '; the access counts as privileged (STE.PRIVCFG), as a data read (STE.INSTCFG)';
  expect(sentences(DEFAULT_CACHES, 'read')).toEqual([
    `configuration cache keeps StreamID 0x8${both}`,
    `configuration cache hit for StreamID 0x8, filled by transaction 1${both}`,
  ]);
  const off = 'configuration of StreamID 0x8 decoded, not kept: the cache is off; the access counts as privileged (STE.PRIVCFG)';
  expect(sentences(NO_CACHES, 'write')).toEqual([off, off]);
  expect(sentences(NO_CACHES, 'write', {}).join()).not.toContain('counts as');
});
