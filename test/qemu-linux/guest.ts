/** Linux in a QEMU, driven by a shell on its serial line. It ends with whoever started it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const BOOT_TIMEOUT = 300_000;
const COMMAND_TIMEOUT = 180_000;
const READY = 'guest is ready';
const DISK_BYTES = 64 << 20;

/** Devices behind the SMMU: disks, network cards, and two that do the DMA they are told to; one of them behind a bridge. */
const DEVICES = [
  'virtio-blk-pci,drive=d0,addr=02.0,iommu_platform=on,disable-legacy=on',
  'nvme,drive=d1,serial=nv0,addr=03.0',
  'edu,addr=04.0,dma_mask=0xffffffffffffffff',
  'e1000e,netdev=n0,romfile=,addr=05.0',
  'virtio-net-pci,netdev=n1,romfile=,addr=06.0,iommu_platform=on,disable-legacy=on',
  'pcie-root-port,id=rp1,chassis=1,addr=08.0',
  'nvme,drive=d2,serial=nv1,bus=rp1',
  'edu,addr=07.0,dma_mask=0xffffffffffffffff',
];

/** What `capture --trace` looks at. */
const TRACED = ['smmu_reset_exit', 'smmuv3_translate_*', 'smmu_iotlb_insert', 'smmuv3_cmdq_tlbi_*', 'smmuv3_cmdq_cfgi_*', 'smmuv3_*range_inval'];

/** The first `edu`: its StreamID, its PCI function, and where the guest puts its registers. */
export const EDU = { sid: 0x20, pci: '0000:00:04.0', bar: 0x1000_0000 } as const;

/** Runs its arguments, and ends them when standard input closes: with this process, however it ends. */
const WATCHED = 'exec 3<&0 4>&2 2>/dev/null; "$@" 2>&4 & child=$!; (read -r line; kill -9 $child) <&3 & wait $child';

export interface GuestFiles {
  readonly qemu: string;
  readonly kernel: string;
  readonly initrd: Uint8Array;
  /** With it the machine is described by ACPI, without by a device tree. */
  readonly firmware: string | null;
}

export class Guest {
  /** Where QEMU writes what its SMMU does, and where its monitor is. */
  readonly trace: string;
  readonly qmp: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #serial: Socket;
  #said = '';
  #heard: () => void = () => undefined;
  #ended: string | null = null;

  private constructor(child: ChildProcess, folder: string, serial: Socket) {
    this.#child = child;
    this.#folder = folder;
    this.#serial = serial;
    this.trace = join(folder, 'trace.log');
    this.qmp = join(folder, 'qmp');
    serial.setEncoding('latin1').on('data', (text: string) => {
      this.#said += text;
      this.#heard();
    });
    serial.on('error', () => undefined);
    child.once('close', (code, signal) => {
      this.#ended = `QEMU ended with ${signal ?? code}`;
      this.#heard();
    });
  }

  static async start(files: GuestFiles, machine: string, append = ''): Promise<Guest> {
    const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-guest-'));
    const path = (name: string): string => join(folder, name);
    writeFileSync(path('initrd'), files.initrd);
    for (const disk of ['d0', 'd1', 'd2']) {
      closeSync(openSync(path(disk), 'w'));
      truncateSync(path(disk), DISK_BYTES);
    }
    const server = createServer().listen(path('serial'));
    const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const args = [
      ...['-machine', `${machine},iommu=smmuv3,gic-version=3`, '-accel', 'tcg', '-cpu', 'max,pauth-impdef=on', '-smp', '1', '-m', '512M'],
      ...['-nodefaults', '-display', 'none', '-no-reboot', '-chardev', `socket,id=serial,path=${path('serial')}`, '-serial', 'chardev:serial'],
      ...['-qmp', `unix:${path('qmp')},server=on,wait=off`, ...TRACED.flatMap((event) => ['-trace', event]), '-D', path('trace.log'), '-msg', 'timestamp=off'],
      ...['d0', 'd1', 'd2'].flatMap((disk) => ['-drive', `file=${path(disk)},if=none,format=raw,id=${disk}`]),
      ...['-netdev', 'user,id=n0', '-netdev', 'user,id=n1', ...DEVICES.flatMap((device) => ['-device', device])],
      ...['-kernel', files.kernel, '-initrd', path('initrd'), '-append', `console=ttyAMA0 panic=5 ${append}`.trim()],
      ...(files.firmware === null ? [] : ['-bios', files.firmware]),
    ];
    const child = spawn('sh', ['-c', WATCHED, 'sh', files.qemu, ...args], { stdio: ['pipe', 'ignore', 'inherit'] });
    const failed = new Promise<never>((_resolve, reject) => child.once('close', (code) => reject(new Error(`QEMU ended with ${code} before it started the guest`))));
    const guest = new Guest(child, folder, await Promise.race([connected, failed]));
    failed.catch(() => undefined);
    server.close();
    try {
      await guest.#until(READY, BOOT_TIMEOUT, 'boot');
      await guest.run(':');
      return guest;
    } catch (error) {
      await guest.end();
      throw error;
    }
  }

  /** Everything that the guest has printed until a text, which is taken away. */
  async #until(end: string, timeout: number, what: string): Promise<string> {
    const late = AbortSignal.timeout(timeout);
    late.addEventListener('abort', () => this.#heard(), { once: true });
    for (;;) {
      const at = this.#said.indexOf(end);
      if (at >= 0) {
        const said = this.#said.slice(0, at);
        this.#said = this.#said.slice(at + end.length);
        return said;
      }
      if (this.#ended !== null || late.aborted) throw new Error(`${what}: ${this.#ended ?? `nothing after ${timeout / 1000} s`}; the guest said: ${this.#said.slice(-2000)}`);
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  /** What commands print in the guest's shell. */
  async run(commands: string): Promise<string> {
    // The mark is printed, but not as it is written, so that an echo would not end it.
    this.#serial.write(`${commands}\necho "@@""@@"\n`);
    const said = await this.#until('@@@@\n', COMMAND_TIMEOUT, commands);
    return said.replace(/^[\r\n]+/, '');
  }

  /** A file of the guest, as much as `read` reads of it. */
  async file(path: string, read = 'cat'): Promise<Buffer> {
    return gunzipSync(Buffer.from(await this.run(`${read} ${path} | gzip | base64`), 'base64'));
  }

  /** What QEMU wrote of its SMMU from a place in the file on. */
  traceFrom(place: number): string {
    const file = openSync(this.trace, 'r');
    const bytes = Buffer.alloc(fstatSync(file).size - place);
    readSync(file, bytes, 0, bytes.length, place);
    closeSync(file);
    return bytes.toString('latin1');
  }

  async end(): Promise<void> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    if (this.#ended === null) {
      this.#child.stdin!.end();
      await closed;
    }
    this.#serial.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
