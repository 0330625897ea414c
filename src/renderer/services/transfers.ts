/** Files that a user chose on their way to the lab host, and files that it made on their way to where the user wants them. */
import { defineStore } from 'pinia';
import { RpcError, type Transfer } from '../../protocol/contract.ts';
import type { ChosenFile, KindOfFile } from './files/files.ts';
import { pageFiles } from './files/page-files.ts';
import { useLabClient } from './lab-client.ts';
import { useLabJobs } from './lab-jobs.ts';

const PIECE = 1024 * 1024;

export const useTransfers = defineStore('transfers', () => {
  const client = useLabClient();
  const jobs = useLabJobs();

  const end = (transfer: string): Promise<unknown> => client.call('transfers.end', { transfer }).catch(() => undefined);

  /** Hands a file to the host, and closes it; the transfer's id. */
  const upload = (file: ChosenFile): Promise<string> =>
    jobs.track(`Reading ${file.name}`, async (job, signal) => {
      try {
        if (file.size === 0) throw new Error(`${file.name} is empty.`);
        const { transfer } = await client.call('transfers.begin', { name: file.name, bytes: file.size });
        try {
          for (let at = 0; at < file.size; ) {
            stopIf(signal);
            const bytes = await file.read(at, Math.min(PIECE, file.size - at));
            if (bytes.byteLength === 0) throw new Error(`${file.name} changed while it was read.`);
            await client.call('transfers.write', { transfer, at, bytes });
            at += bytes.byteLength;
            jobs.tell(job, `Reading ${file.name}`, at, file.size);
          }
          return transfer;
        } catch (error) {
          await end(transfer);
          throw error;
        }
      } finally {
        await file.close();
      }
    });

  /** Saves a file that the host made where the user says, as often as wanted; the name it has there, null when the user would rather not. */
  const save = ({ transfer, name, bytes }: Transfer, title: string, kind: KindOfFile): Promise<string | null> =>
    jobs.track(`Saving ${name}`, (job, signal) =>
        pageFiles().save({ title, name, kind, size: bytes }, async function* () {
          for (let at = 0; at < bytes; ) {
            stopIf(signal);
            const piece = (await client.call('transfers.read', { transfer, at, count: PIECE })).bytes;
            if (piece.byteLength === 0) throw new Error(`${name} ends after ${at} of ${bytes} bytes.`);
            yield piece;
            at += piece.byteLength;
            jobs.tell(job, `Saving ${name}`, at, bytes);
          }
        }),
    );

  return { upload, save, end };
});

function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw new RpcError({ code: 'cancelled', message: 'cancelled' });
}
