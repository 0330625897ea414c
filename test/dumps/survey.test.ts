// Captures of real kernels, looked through: what streams map, who maps an address, which events still hold, what the linter says.
import { afterAll, describe, expect, it } from 'vitest';
import { lintCapture, surveyedOf } from '../../src/formats/capture/lint-capture.ts';
import { buildMachine } from '../../src/formats/capture/machine.ts';
import { hex } from '../../src/model/base/address.ts';
import { surveyEvents } from '../../src/model/survey/events.ts';
import { mappingsOf } from '../../src/model/survey/mappings.ts';
import type { Mapping } from '../../src/model/survey/mappings.ts';
import { rightsOf } from '../../src/model/survey/rights.ts';
import { surveyStreams } from '../../src/model/survey/streams.ts';
import { whoReaches } from '../../src/model/survey/who.ts';
import { MEMORY_CAPTURES } from '../cli/captures.ts';
import { loadCapture } from './fixtures.ts';

const LINUX_MADE = ['s1-6.1', 's1-6.12', 's2-6.12', 'vfionest-6.1'];
const RIGHTS = { true: { true: 'rw', false: 'ro' }, false: { true: 'wo', false: 'none' } } as const;
const textOf = ({ read, write }: { read: boolean; write: boolean }): string => RIGHTS[`${read}`][`${write}`];

describe.each(MEMORY_CAPTURES)('%s', async (name) => {
  const began = process.cpuUsage();
  const capture = await loadCapture(name);
  const machine = buildMachine(capture);
  const { user } = process.cpuUsage(began);
  const surveyed = surveyedOf(machine);
  const bySid = new Map<number, readonly Mapping[]>();
  for (const stream of surveyStreams(surveyed).streams) bySid.set(stream.sid, mappingsOf(stream, surveyed).mappings);
  afterAll(() => machine.memory.release());

  it('opens within two seconds of a processor', () => {
    expect(user).toBeLessThan(2_000_000);
  });

  it('maps what its translations say: address, page, rights of each stage', () => {
    for (const { sid, ssid, iova, pa, pageSize, perm, s2perm } of capture.translations) {
      const where = `StreamID ${hex(sid)}, IOVA ${hex(iova)}`;
      const mapping = bySid.get(sid)!.find((one) => iova >= one.from && iova < one.from + one.size && (ssid === null || one.ssid === ssid));
      expect(mapping, where).toBeDefined();
      expect([mapping!.pa! + iova - mapping!.from, pageSize === null ? null : Number(mapping!.pageSize)], where).toEqual([pa, pageSize]);
      const { stage1, stage2 } = mapping!;
      if (pageSize !== null) expect(textOf(stage1 === null ? rightsOf(stage2!, 2) : rightsOf(stage1, 1)), where).toBe(perm);
      if (s2perm !== undefined) expect(textOf(rightsOf(stage2!, 2)), where).toBe(s2perm);
    }
  });

  it('does not map what faults for want of a descriptor', () => {
    for (const { sid, iova } of capture.unmapped) {
      expect(bySid.get(sid)!.find((one) => iova >= one.from && iova < one.from + one.size && one.pa !== null), hex(iova)).toBeUndefined();
    }
  });

  it('leads from each physical address back to its stream and IOVA', () => {
    for (const { sid, iova, pa } of capture.translations.filter((_, at) => at % 64 === 0)) {
      expect(whoReaches(pa, surveyed).reaching.map((one) => `${one.mapping.sid} ${one.iova}`)).toContain(`${sid} ${iova}`);
    }
  });

  it('has the events of its queue beside their causes: those that can be reproduced fault still', () => {
    const events = surveyEvents(machine.smmu, 300);
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) expect([event.name, event.now?.cause == null]).toEqual([expect.any(String), false]);
    for (const fault of capture.faults.filter(({ reproducibleAtStop }) => reproducibleAtStop)) {
      const event = events.find(({ words }) => fault.raw.every((word, at) => word === (BigInt(words[2 * at + 1]!) << 32n) + BigInt(words[2 * at]!)));
      expect(event?.now?.verdict, hex(fault.iova)).toBe('same');
    }
  });

  it.runIf(LINUX_MADE.includes(name))('gives the linter nothing to complain of', () => {
    const findings = lintCapture(capture, machine);
    expect(findings.filter(({ severity }) => severity !== 'information')).toEqual([]);
    expect(findings).toContainEqual(expect.objectContaining({ rule: 'lint.map.outside-memory', message: expect.stringContaining('PA 0x8090000') as string }));
  });
});
