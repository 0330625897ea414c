/** The labs and captures that ship with the lab. Ids are names of folders, and only listed ones are opened. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readCaptureFolder } from '../formats/capture/folder.ts';
import { listLabs, readLab } from '../formats/lab/files.ts';
import { splitLab } from '../formats/lab/index.ts';
import type { CaptureSummary, Documents, Sample } from '../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../protocol/errors.ts';

export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const MANIFEST = 'manifest.json';
const described = z.object({ description: z.string() });

const notFound = (what: string, id: string): RpcError => new RpcError({ code: RPC_CODES.notFound, message: `no ${what} ${JSON.stringify(id)} comes with the lab` });

export class Samples {
  readonly #labs: string;
  readonly #captures: string;
  /** Read once: what ships does not change while it runs. */
  #listed: readonly Sample[] | null = null;

  constructor(resourcesDir: string) {
    this.#labs = join(resourcesDir, 'labs');
    this.#captures = join(resourcesDir, 'captures');
  }

  list(): Sample[] {
    this.#listed ??= existsSync(this.#labs) ? listLabs(this.#labs).map((lab) => ({ ...lab })) : [];
    return [...this.#listed];
  }

  open(id: string): { title: string; documents: Documents } {
    const sample = this.list().find((one) => one.id === id);
    if (sample === undefined) throw notFound('sample', id);
    const lab = readLab(join(this.#labs, id));
    if (!lab.ok) throw new RpcError({ code: lab.error.code, message: lab.error.message });
    const { documents } = lab.value;
    const parts = typeof documents === 'string' ? splitLab(documents) : documents;
    if (parts === null) throw notFound('sample', id);
    return { title: sample.title, documents: { ...parts } };
  }

  async captures(): Promise<CaptureSummary[]> {
    const ids = existsSync(this.#captures) ? readdirSync(this.#captures).sort() : [];
    const summaries = await Promise.all(ids.map((id) => this.#capture(id)));
    return summaries.filter((summary): summary is CaptureSummary => summary !== null);
  }

  async captureFiles(id: string): Promise<NamedBytes[]> {
    const listed = await this.captures();
    if (!listed.some((capture) => capture.id === id)) throw notFound('capture', id);
    const files = await readCaptureFolder(join(this.#captures, id));
    if (!files.ok) throw new RpcError({ code: files.error.code, message: files.error.message });
    return [...files.value].map(([name, bytes]) => ({ name, bytes: new Uint8Array(bytes) }));
  }

  /** Null for what is no capture folder. */
  async #capture(id: string): Promise<CaptureSummary | null> {
    try {
      const { description } = described.parse(JSON.parse(await readFile(join(this.#captures, id, MANIFEST), 'utf8')));
      return { id, title: id, description };
    } catch {
      return null;
    }
  }
}
