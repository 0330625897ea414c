/** A capture in the engine's thread: the captured SMMU running again, asked for translations. */
import type { Capture } from '../../formats/capture/capture.ts';
import { sha256 } from '../../formats/capture/folder.ts';
import { openFiles } from '../../formats/capture/open-files.ts';
import type { OpenedFiles } from '../../formats/capture/open-files.ts';
import type { EventOfText } from '../../formats/survey/logged-events.ts';
import { buildMachine, isMissing } from '../../formats/capture/machine.ts';
import type { CaptureMachine } from '../../formats/capture/machine.ts';
import { hex } from '../../model/base/address.ts';
import { eventOf } from '../../model/lab/index.ts';
import { DEFAULT_CACHES } from '../../model/smmu/options.ts';
import type { Smmu } from '../../model/smmu/smmu.ts';
import { STE, fieldOf } from '../../model/spec/index.ts';
import type { Recorder } from '../../model/trace/recorder.ts';
import type { CaptureStream } from '../../protocol/contract.ts';
import { RpcError } from '../../protocol/errors.ts';
import { translateAsItStood } from './as-it-stood.ts';
import type { CaptureInput, OpenedCapture, StepNote, TranslateRequest } from './api.ts';

/** Known translations shown for each stream. */
const SHOWN = 64;

export class CaptureEngine {
  #opened: { readonly capture: Capture; readonly logged: readonly EventOfText[]; readonly machine: CaptureMachine } | null = null;

  get smmu(): Smmu | null {
    return this.#opened?.machine.smmu ?? null;
  }

  get capture(): Capture | null {
    return this.#opened?.capture ?? null;
  }

  get logged(): readonly EventOfText[] {
    return this.#opened?.logged ?? [];
  }

  /** Checks the files; throws an RpcError that names file and place, and leaves what is open open. */
  read({ files, registers, base }: CaptureInput): OpenedFiles {
    const opened = openFiles(files, { registers: registers ?? '', base: base ?? null }, sha256);
    if (opened.ok) return opened.value;
    const { code, message, at } = opened.error;
    throw new RpcError({ code, message: at?.file === undefined ? message : `${at.file}: ${message}`, at });
  }

  open({ capture, logged, notes }: OpenedFiles, recorder: Recorder): OpenedCapture {
    const machine = buildMachine(capture, DEFAULT_CACHES, 'arch', true);
    machine.smmu.setRecorder(recorder);
    this.#opened = { capture, logged, machine };
    return { description: capture.description, streams: streamsOf(capture), notes, id: machine.smmu.features.id };
  }

  translate({ sid, ssid, iova, access, privileged }: TranslateRequest): StepNote | null {
    if (this.#opened === null) throw new RpcError({ code: 'no-capture', message: 'no capture is open' });
    const { capture, machine } = this.#opened;
    const outcome = translateAsItStood(machine, { sid, iova, access, privileged, ...(ssid === null ? {} : { ssid }) });
    const fetched = eventOf(outcome)?.values['FetchAddr'];
    if (typeof fetched !== 'bigint' || !isMissing(capture, fetched)) return null;
    return { step: outcome.transaction, text: `PA ${hex(fetched)} is memory that was not captured: the real SMMU would have read it`, severity: 'failed' };
  }

  release(): void {
    this.#opened?.machine.memory.release();
    this.#opened = null;
  }
}

function streamsOf({ streams, translations }: Capture): CaptureStream[] {
  const names = fieldOf(STE, 'Config')?.values ?? {};
  return streams.map(({ sid, config }) => ({
    sid,
    config: names[config]?.[0] ?? `Config ${config}`,
    translations: translations
      .filter((one) => one.sid === sid)
      .slice(0, SHOWN)
      .map(({ ssid, iova, access, pa }) => ({ ssid, iova: hex(iova), access, pa: hex(pa) })),
  }));
}
