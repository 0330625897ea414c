/** Devices that use ATS and PRI: translation requests, page requests, and what they keep (IHI 0070 3.9.1, 4.5, 8). */
import { hex } from '../../base/address.ts';
import { assert } from '../../base/assert.ts';
import { ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { Asked } from '../../endpoint/page-request-interface.ts';
import type { AtcEntry } from '../../endpoint/atc.ts';
import type { Endpoint } from '../../endpoint/endpoint.ts';
import type { AtsCompletion, Smmu } from '../../smmu/smmu.ts';
import { decode, PRI_ENTRY } from '../../spec/index.ts';
import type { AtsExpectation, AtsInput, Fields, PriInput } from '../data.ts';
import type { Machine } from '../machine.ts';
import { streamOf } from './dma.ts';
import { differ, done } from './verb.ts';
import type { Detail, Done, Verb } from './verb.ts';

function endpointOf(machine: Machine, device: string): Endpoint {
  const endpoint = machine.endpoints.of(streamOf(machine, device).data.StreamID);
  assert(endpoint !== null, `${device} uses ATS`);
  return endpoint;
}

const grant = ({ read, write, execute }: Pick<AtcEntry, 'read' | 'write' | 'execute'>): string =>
  [read ? 'R' : '', write ? 'W' : '', execute ? 'X' : ''].join('') || 'no access';

/** `success, PA 0x43000000, RW, 0x1000 bytes`. */
export function completionText({ status, translation, outcome }: AtsCompletion): string {
  const behind = outcome.fault === undefined ? '' : `, ${outcome.fault.name}`;
  if (translation === null) return `${status}${behind}`;
  if (!translation.read && !translation.write) return `${status}, R = W = 0${behind}`;
  return `${status}, ${translation.space.toUpperCase()} ${hex(translation.address)}, ${grant(translation)}, ${hex(translation.size)} bytes`;
}

function compareCompletion({ status, translation, outcome }: AtsCompletion, expect: AtsExpectation): readonly string[] {
  const expected: readonly (readonly [string, string | undefined, string])[] = [
    ['completion', expect.completion, status],
    ['address', expect.address === undefined ? undefined : hex(expect.address), translation === null ? 'none' : hex(translation.address)],
    ['space', expect.space, translation?.space ?? 'none'],
    ['size', expect.size === undefined ? undefined : hex(expect.size), translation === null ? 'none' : hex(translation.size)],
    ['read', expect.read?.toString(), String(translation?.read ?? false)],
    ['write', expect.write?.toString(), String(translation?.write ?? false)],
    ['execute', expect.execute?.toString(), String(translation?.execute ?? false)],
    ['event', expect.event, outcome.fault?.name ?? 'none'],
    ['recorded', expect.recorded?.toString(), String(outcome.fault?.recorded ?? false)],
    ['rule', expect.rule, outcome.rule],
  ];
  return expected.flatMap(([name, want, got]) => (want === undefined ? [] : differ(name, want, got)));
}

function request(machine: Machine, { device, iova, ssid, noWrite, execute, privileged, expect }: AtsInput): Result<Done> {
  const endpoint = endpointOf(machine, device);
  const completion = endpoint.request({ sid: endpoint.sid, iova, noWrite, execute, privileged, ...(ssid === null ? {} : { ssid }) });
  const text = `${device} asks for ${hex(iova)}: ${completionText(completion)}`;
  return ok(done(text, { differences: expect === null ? null : compareCompletion(completion, expect) }));
}

const ASKED: Readonly<Record<Asked, string>> = {
  queued: 'in the PRI queue',
  discarded: 'the PRI queue does not take it',
  'no-credit': 'not sent: every credit is in use',
  stopped: 'not sent: a Failure ended its page requests',
};

function ask(machine: Machine, input: PriInput): Result<Done> {
  const { device, iova, ssid, read, write, execute, privileged, group, last, expect } = input;
  const endpoint = endpointOf(machine, device);
  assert(endpoint.pri !== null, `${device} makes page requests`);
  const before = endpoint.lastResponse;
  const asked = endpoint.pri.ask({ sid: endpoint.sid, iova, read, write, execute, privileged, group, last, ...(ssid === null ? {} : { ssid }) });
  const { lastResponse } = endpoint;
  const response = lastResponse === before || lastResponse === null ? 'none' : lastResponse.code;
  const answer = response === 'none' ? '' : `; the SMMU answers ${response}`;
  const differences = expect === null ? null : [...compare('result', expect.result, asked), ...compare('response', expect.response, response)];
  return ok(done(`${device} asks for the page of ${hex(iova)}, group ${group}: ${ASKED[asked]}${answer}`, { differences }));
}

const compare = (name: string, want: string | undefined, got: string): readonly string[] => (want === undefined ? [] : differ(name, want, got));

/** One line for each translation that a device keeps, oldest first. */
const atcDetails = ({ atc }: Endpoint): Detail[] =>
  atc.entries.map((entry) => {
    const pasid = entry.ssid === null ? '' : `, SubstreamID ${hex(BigInt(entry.ssid))}${entry.privileged ? ', privileged' : ''}`;
    return { name: `IOVA ${hex(entry.iova)}${pasid}`, value: `${entry.space.toUpperCase()} ${hex(entry.address)}, ${grant(entry)}, ${hex(entry.size)} bytes, from transaction ${entry.origin}` };
  });

export function inspectAtc(machine: Machine, device: string, expect: Fields | null): Done {
  const details = atcDetails(endpointOf(machine, device));
  const differences = expect === null ? null : compare('entries', expect['entries']?.toString(), String(details.length));
  return done(`the ATC of ${device} holds ${details.length === 1 ? '1 translation' : `${details.length} translations`}`, { details, differences });
}

export function inspectPri(machine: Machine, device: string, expect: Fields | null): Done {
  const { pri } = endpointOf(machine, device);
  assert(pri !== null, `${device} makes page requests`);
  const now = { credits: pri.credits - pri.outstanding, outstanding: pri.outstanding, stopped: pri.stopped ? 1 : 0, unexpected: pri.unexpected };
  const differences = expect === null ? null : Object.entries(now).flatMap(([name, value]) => compare(name, expect[name]?.toString(), String(value)));
  const details = Object.entries(now).map(([name, value]) => ({ name, value: String(value) }));
  return done(`${device} has ${now.credits} of ${pri.credits} credits${pri.stopped ? ' and makes no more page requests' : ''}`, { details, differences });
}

export function inspectPriQueue({ priQueue }: Smmu, expect: Fields | null): Done {
  const entries = priQueue.entries();
  const details = entries.map((words, i): Detail => {
    const values = Object.entries(decode(PRI_ENTRY, words, 0)).filter(([, value]) => value !== false && Number(value) !== 0);
    return { name: String(i), value: values.map(([name, value]) => (value === true ? name : `${name} ${hex(BigInt(value))}`)).join(', ') };
  });
  const view = priQueue.view();
  const overflow = view.overflowed ? ', with an overflow that is not acknowledged' : '';
  const differences = expect === null ? null : compare('entries', expect['entries']?.toString(), String(entries.length));
  return done(`${entries.length === 1 ? '1 page request waits' : `${entries.length} page requests wait`} in the PRI queue${overflow}`, { details, differences });
}

export const atsVerb: Verb<'ats'> = {
  name: 'ats',
  doc: 'A device sends an ATS translation request and keeps what the completion grants in its ATC.',
  execute: request,
};

export const priVerb: Verb<'pri'> = {
  name: 'pri',
  doc: 'A device sends a page request; the answer is a CMD_PRI_RESP, or comes from the SMMU itself where the PRI queue cannot take the request.',
  execute: ask,
};
