import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImportKind } from '../../src/formats/import/importers.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/', import.meta.url));

export const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, 'imports', name)));
export const textOf = (name: string): string => readFileSync(join(FOLDER, 'imports', name), 'utf8');
export const kernelLog = (capture: string): string => readFileSync(join(FOLDER, 'captures', capture, 'dmesg-smmu.txt'), 'utf8');

/** Every text there is for an importer. */
export const TEXTS: readonly (readonly [ImportKind, string, string])[] = [
  ['kernel-log', 'dmesg of ev-7.3', kernelLog('ev-7.3')],
  ['kernel-log', 'dmesg of ev-6.1', kernelLog('ev-6.1')],
  ['kernel-log', 'journal.jsonl', textOf('journal.jsonl')],
  ['kernel-log', 'mail.txt', textOf('mail.txt')],
  ['kernel-log', 'linux-6.12-dmesg.txt', textOf('linux-6.12-dmesg.txt')],
  ['qemu-trace', 'qemu-trace.txt', textOf('qemu-trace.txt')],
  ['qemu-trace', 'linux-6.1-qemu-trace.txt', textOf('linux-6.1-qemu-trace.txt')],
  ['ftrace', 'ftrace.txt', textOf('ftrace.txt')],
  ['ftrace', 'linux-6.1-ftrace.txt', textOf('linux-6.1-ftrace.txt')],
  ['strace', 'strace-6.1.txt', textOf('strace-6.1.txt')],
  ['debugfs', 'debugfs-2021.txt', textOf('debugfs-2021.txt')],
  ['debugfs', 'debugfs-2025.txt', textOf('debugfs-2025.txt')],
  ['debugfs', 'debugfs-walker.txt', textOf('debugfs-walker.txt')],
  ['debugfs', 'debugfs-logged.txt', textOf('debugfs-logged.txt')],
  ['context-fault', 'smmu_s1_fault.txt', textOf('smmu_s1_fault.txt')],
  ['event-cases', 'events-cases.json', readFileSync(join(FOLDER, 'captures', 'ev-6.1', 'events-cases.json'), 'utf8')],
  ['acpidump', 'acpidump-iort.txt', textOf('acpidump-iort.txt')],
  ['device-tree', 'virt-qemu-10.dts', textOf('virt-qemu-10.dts')],
];

export const BINARIES: readonly (readonly [ImportKind, string, Uint8Array])[] = [
  ['iort', 'iort-qemu-10.aml', bytesOf('iort-qemu-10.aml')],
  ['device-tree-blob', 'virt-qemu-10.dtb', bytesOf('virt-qemu-10.dtb')],
];
