/**
 * Devices of QEMU that do DMA as they are told. `edu` (docs/specs/edu.rst) moves up to 4096 bytes between its buffer and any address; its
 * buffer is reached by DMA only, so what it writes is fetched from a page of RAM first, and what it reads is put there. `iommu-testdev`
 * (docs/specs/iommu-testdev.rst) writes a pattern, at once.
 */
import { getLine, setLine } from './qtest-client.ts';

export const EDU_BUFFER = 4096;
const BUFFER = 0x4_0000n;
const [SOURCE, DESTINATION, COUNT, COMMAND] = [0x80n, 0x88n, 0x90n, 0x98n];
/** Of `iommu-testdev`: reading TRIGGERING runs what DBELL armed; ATTRS is Non-secure, and says that it says so. */
const [TRIGGERING, GVA_LO, GVA_HI, LEN, DBELL, ATTRS] = [0x00n, 0x04n, 0x08n, 0x0cn, 0x14n, 0x18n];
const NON_SECURE = 0xa;
const START = 1n;
const TO_MEMORY = 2n;
/** Of virtual time: the device takes 100 ms. */
const TRANSFER_NS = 100_000_000;

const ECAM = 0x40_1000_0000n;
const PCI_COMMAND = 4n;
const PCI_BAR0 = 0x10n;
const PCI_BUS_NUMBERS = 0x18n;
const PCI_MEMORY_WINDOW = 0x20n;
const PCI_ENABLE = 7n;
const BAR_BYTES = 0x10_0000n;
const PCI_MEMORY = 0x1000_0000n;
/** Bridges lead to memory in units of 1 MiB. */
const WINDOW = 20n;

const configOf = (requester: number): bigint => ECAM + (BigInt(requester) << 12n);

/** Where a device of this StreamID sits: the PCI requester id is the StreamID. */
export interface Seat {
  readonly sid: number;
  readonly bar: bigint;
  /** The root port in front of it, on bus 0. */
  readonly port: number | null;
  readonly device: 'edu' | 'iommu-testdev';
}

const devfn = (id: number): string => `${((id >> 3) & 31).toString(16)}.${id & 7}`;

/** Root ports take the last slots of bus 0, which hold eight buses each. */
const FIRST_PORT = 31 << 3;

/** StreamIDs that a device of QEMU's `virt` cannot have: slot 0 of bus 0 is the host bridge, and a root port leads to slot 0 alone. */
export const isReachable = (sid: number): boolean => (sid < 256 ? sid >= 8 && sid < FIRST_PORT : sid < 0x1_0000 && (sid & 0xff) < 8);

/** A seat for each StreamID; those of `testDevices` have an `iommu-testdev`. */
export function seatsOf(sids: readonly number[], testDevices: readonly number[] = []): readonly Seat[] {
  const buses = [...new Set(sids.map((sid) => sid >> 8))].filter((bus) => bus > 0);
  return sids.map((sid, at) => ({ sid, bar: PCI_MEMORY + BigInt(at) * BAR_BYTES, port: sid < 256 ? null : FIRST_PORT + buses.indexOf(sid >> 8), device: testDevices.includes(sid) ? 'iommu-testdev' : 'edu' }));
}

export function deviceArguments(seats: readonly Seat[]): string[] {
  const ports = [...new Set(seats.flatMap(({ port }) => (port === null ? [] : [port])))];
  const bridges = ports.flatMap((port, at) => ['-device', `pcie-root-port,id=rp${port},bus=pcie.0,addr=${devfn(port)},multifunction=on,chassis=${at + 1}`]);
  const options = { edu: 'edu,dma_mask=0xffffffffffffffff', 'iommu-testdev': 'iommu-testdev' };
  const devices = seats.flatMap(({ sid, port, device }) => ['-device', `${options[device]},bus=${port === null ? 'pcie.0' : `rp${port}`},addr=${devfn(sid)},multifunction=on`]);
  return [...bridges, ...devices];
}

/** What firmware would do: bus numbers and windows of bridges, then BARs, memory space and bus mastering of devices. */
export function wakeLines(seats: readonly Seat[]): string[] {
  const ports = new Set(seats.flatMap(({ port }) => (port === null ? [] : [port])));
  const bridges = [...ports].flatMap((port) => bridgeLines(port, seats.filter((seat) => seat.port === port)));
  return [...bridges, ...seats.flatMap(({ sid, bar }) => [setLine('l', configOf(sid) + PCI_BAR0, bar), setLine('w', configOf(sid) + PCI_COMMAND, PCI_ENABLE)])];
}

function bridgeLines(port: number, behind: readonly Seat[]): string[] {
  const bus = behind[0]!.sid >> 8;
  const windows = behind.map(({ bar }) => (bar >> WINDOW) << 4n);
  return [
    setLine('l', configOf(port) + PCI_BUS_NUMBERS, (bus << 16) | (bus << 8)),
    setLine('l', configOf(port) + PCI_MEMORY_WINDOW, (windows.at(-1)! << 16n) | windows[0]!),
    setLine('w', configOf(port) + PCI_COMMAND, PCI_ENABLE),
  ];
}

const low = (address: bigint): bigint => address & 0xffff_ffffn;

/** A write of the pattern, over when they are answered. */
export const patternLines = ({ bar }: Seat, address: bigint, length: number): string[] => [
  setLine('l', bar + GVA_LO, low(address)),
  setLine('l', bar + GVA_HI, address >> 32n),
  setLine('l', bar + LEN, length),
  setLine('l', bar + ATTRS, NON_SECURE),
  setLine('l', bar + DBELL, 1),
  getLine('l', bar + TRIGGERING),
];

/** Starts a transfer of an `edu`; it is over when `busyLine` reads even. `steps`: time stands still and is moved. */
export function transferLines({ bar }: Seat, direction: 'from-memory' | 'to-memory', address: bigint, length: number, steps: boolean): string[] {
  const [source, destination] = direction === 'from-memory' ? [address, BUFFER] : [BUFFER, address];
  return [
    setLine('q', bar + SOURCE, source),
    setLine('q', bar + DESTINATION, destination),
    setLine('q', bar + COUNT, length),
    setLine('q', bar + COMMAND, direction === 'from-memory' ? START : START | TO_MEMORY),
    ...(steps ? [`clock_step ${TRANSFER_NS}`] : []),
  ];
}

export const busyLine = ({ bar }: Seat): string => getLine('q', bar + COMMAND);
export const isBusy = (reply: string): boolean => (BigInt(reply) & START) !== 0n;
