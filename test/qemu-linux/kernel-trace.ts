/** What the guest's own trace of its IOMMU mappings says is mapped, beside what a capture maps. */
import { readFtrace } from '../../src/formats/ftrace/read.ts';
import type { Capture } from '../../src/formats/capture/capture.ts';
import { surveyedOf } from '../../src/formats/capture/lint-capture.ts';
import { buildMachine } from '../../src/formats/capture/machine.ts';
import { big } from '../../src/model/lab/inspect/tables.ts';
import { surveyContexts } from '../../src/model/survey/contexts.ts';
import { mappingsOf } from '../../src/model/survey/mappings.ts';
import { stage1View, surveyStreams, usesStage } from '../../src/model/survey/streams.ts';

const PAGE = 4096n;

export interface KernelsWord {
  /** Pages that are mapped in some domain, each counted once a domain. */
  readonly mapped: ReadonlyMap<bigint, number>;
  /** Every PA that an IOVA was ever mapped to. */
  readonly ever: ReadonlyMap<bigint, ReadonlySet<bigint>>;
  readonly maps: number;
  readonly unmaps: number;
}

/** The trace points say no domain: mappings of one IOVA in several domains are counted. */
export function kernelsWord(text: string): KernelsWord {
  const lost = /entries-in-buffer\/entries-written: (\d+)\/(\d+)/.exec(text);
  if (lost === null || lost[1] !== lost[2]) throw new Error(`the guest's trace is not whole: ${lost?.[0] ?? text.slice(0, 200)}`);
  const { records, problems } = readFtrace(text);
  if (problems.length > 0) throw new Error(`the importer did not understand ${problems.length} lines: ${problems[0]!.message}`);
  const mapped = new Map<bigint, number>();
  const ever = new Map<bigint, Set<bigint>>();
  const [counts, moved] = [{ map: 0, unmap: 0 }, { map: 1, unmap: -1 }];
  for (const { type, fields } of records) {
    if (type !== 'map' && type !== 'unmap') continue;
    counts[type]++;
    const number = (name: string): bigint => BigInt(fields.find((field) => field.name === name)?.raw ?? 0);
    const [from, end, paddr] = [number('iova'), number('end'), number('paddr')];
    for (let at = from; at < end; at += PAGE) {
      mapped.set(at, (mapped.get(at) ?? 0) + moved[type]);
      if (type === 'map') ever.set(at, (ever.get(at) ?? new Set()).add(paddr + at - from));
    }
  }
  for (const [at, count] of mapped) if (count === 0) mapped.delete(at);
  return { mapped, ever, maps: counts.map, unmaps: counts.unmap };
}

/** Pages that a capture maps, each domain (one TTB0) once. */
export function pagesMapped(capture: Capture): { readonly iova: bigint; readonly pa: bigint }[] {
  const machine = buildMachine(capture);
  try {
    const surveyed = surveyedOf(machine);
    const domains = new Map(
      surveyStreams(surveyed).streams.filter((stream) => usesStage(stream, 1)).flatMap((stream) => surveyContexts(stream, stage1View(stream, surveyed), surveyed).contexts.slice(0, 1).map((context) => [big(context.fields, 'TTB0'), stream])),
    );
    return [...domains.values()].flatMap((stream) =>
      mappingsOf(stream, surveyed).mappings.flatMap(({ from, size, pa }) => Array.from({ length: Number(size / PAGE) }, (_, index) => ({ iova: from + BigInt(index) * PAGE, pa: pa! + BigInt(index) * PAGE }))),
    );
  } finally {
    machine.memory.release();
  }
}

/** What of the two does not agree, in words. */
export function disagreements(kernel: KernelsWord, pages: readonly { readonly iova: bigint; readonly pa: bigint }[]): string[] {
  const here = new Map<bigint, number>();
  for (const { iova } of pages) here.set(iova, (here.get(iova) ?? 0) + 1);
  const at = (iova: bigint): string => `0x${iova.toString(16)}`;
  return [
    ...[...kernel.mapped].filter(([iova, count]) => here.get(iova) !== count).map(([iova, count]) => `${at(iova)} is mapped ${count} times by the kernel, ${here.get(iova) ?? 0} times in the tables`),
    ...[...here].filter(([iova]) => !kernel.mapped.has(iova)).map(([iova]) => `${at(iova)} is in the tables, and the kernel did not map it`),
    ...pages.filter(({ iova, pa }) => kernel.ever.get(iova)?.has(pa) !== true).map(({ iova, pa }) => `${at(iova)} leads to ${at(pa)}, where the kernel never mapped it`),
  ];
}
