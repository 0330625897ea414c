import { describe, expect, it } from 'vitest';
import { Endpoint } from '../../src/model/endpoint/endpoint.ts';
import { AtsMachine } from './ats-machine.ts';
import { IOVA, IPA, PA, S1_PAGE, SID } from './nested-machine.ts';

describe('a device with an ATC', () => {
  const device = (m: AtsMachine): Endpoint => new Endpoint(m.smmu, { sid: SID, entries: 4, answers: true, credits: null });

  it('[rule.atc.refused] makes no access that its completion does not grant: nothing is told', () => {
    const m = new AtsMachine();
    m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n);
    const one = device(m);
    expect(one.access({ sid: SID, iova: IOVA, access: 'read' }, 4)).toMatchObject({ status: 'bypass', pa: PA });
    expect(one.access({ sid: SID, iova: IOVA, access: 'write' }, 4)).toMatchObject({ status: 'fault', response: 'abort', rule: 'atc.refused', events: [] });
    expect(m.smmu.eventQueue.entries()).toEqual([]);
  });

  it('uses what it holds without asking again, until it is invalidated', () => {
    const m = new AtsMachine();
    const one = device(m);
    one.access({ sid: SID, iova: IOVA, access: 'read' }, 4);
    m.mapStage1(IOVA, 0n);
    expect(one.access({ sid: SID, iova: IOVA + 8n, access: 'read' }, 4)).toMatchObject({ pa: PA + 8n });
    expect(one.invalidate({ sid: SID, ssid: null, iova: IOVA, size: 0, global: false })).toBe(true);
    expect(one.access({ sid: SID, iova: IOVA, access: 'read' }, 4)).toMatchObject({ status: 'fault', response: 'abort', rule: 's1.invalid' });
  });
});
