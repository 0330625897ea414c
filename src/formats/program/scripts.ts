/** A machine's program as text that other tools run: qtest lines, a Python script, devmem calls. */
import { hex } from '../../model/base/address.ts';
import type { MachineProgram, RegisterWrite } from './machine-program.ts';

export interface ScriptOptions {
  readonly title: string;
  /** Physical address of register page 0. */
  readonly smmu: bigint;
}

const addressOf = ({ offset }: RegisterWrite, smmu: bigint): string => hex(smmu + BigInt(offset));

/** Lines of QEMU's qtest protocol; each is answered by `OK`. */
export function qtestScript({ memory, registers }: MachineProgram, { smmu }: ScriptOptions): string {
  return [
    ...memory.map(({ pa, value }) => `writeq ${hex(pa)} ${hex(value)}`),
    ...registers.map((one) => `${one.bits === 64 ? 'writeq' : 'writel'} ${addressOf(one, smmu)} ${hex(one.value)}`),
    '',
  ].join('\n');
}

/** `devmem ADDRESS WIDTH VALUE`, as busybox has it. */
export function devmemScript({ memory, registers }: MachineProgram, { title, smmu }: ScriptOptions): string {
  return [
    '#!/bin/sh',
    `# ${title}: tables and registers of an SMMUv3 at ${hex(smmu)}. Memory that is not named must be 0; /dev/mem must reach all of it.`,
    'set -e',
    ...memory.map(({ pa, value }) => `devmem ${hex(pa)} 64 ${hex(value)}`),
    ...registers.map((one) => `devmem ${addressOf(one, smmu)} ${one.bits} ${hex(one.value)}  # ${one.name}`),
    '',
  ].join('\n');
}

/** A Python 3 script without anything but its standard library: starts a QEMU, programs its SMMU, says what the SMMU answers. */
export function pythonScript({ memory, registers }: MachineProgram, { title, smmu }: ScriptOptions): string {
  return `#!/usr/bin/env python3
"""${title.replaceAll('\\', '/').replaceAll('"', "'")}: programs the SMMUv3 of QEMU's virt machine through qtest.

    QEMU [ARGUMENT...]   the program and what it is given beyond the machine, such as -device edu
"""
import os, socket, subprocess, sys, tempfile

SMMU = ${hex(smmu)}
MEMORY = [
${memory.map(({ pa, value }) => `    (${hex(pa)}, ${hex(value)}),`).join('\n')}
]
# (name, offset, bits, value), in the order of IHI 0070 3.11
REGISTERS = [
${registers.map(({ name, offset, bits, value }) => `    ("${name}", ${hex(offset)}, ${bits}, ${hex(value)}),`).join('\n')}
]


class Qtest:
    """One connection of QEMU's qtest protocol: a line asked, a line answered, interrupts between them passed over."""

    def __init__(self, connection):
        self.stream = connection.makefile("rw", newline="\\n")

    def ask(self, line):
        self.stream.write(line + "\\n")
        self.stream.flush()
        while True:
            answer = self.stream.readline().strip()
            if not answer.startswith("IRQ"):
                break
        if not answer.startswith("OK"):
            raise RuntimeError(f"{line}: {answer or 'the connection ended'}")
        return answer

    def write(self, address, bits, value):
        self.ask(f"write{'q' if bits == 64 else 'l'} {address:#x} {value:#x}")

    def read32(self, address):
        return int(self.ask(f"readl {address:#x}").split()[1], 16)


def program(qtest):
    for address, value in MEMORY:
        qtest.write(address, 64, value)
    for name, offset, bits, value in REGISTERS:
        qtest.write(SMMU + offset, bits, value)


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "qtest.sock")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(1)
            listener.settimeout(50)
            machine = ["-machine", "virt,iommu=smmuv3,acpi=off,gic-version=3", "-m", "1024", "-display", "none", "-nodefaults", "-qtest", f"unix:{path}", "-qtest-log", "/dev/null"]
            accelerator = [] if "-accel" in arguments else ["-accel", "qtest"]
            process = subprocess.Popen([arguments[0], *machine, *accelerator, *arguments[1:]])
            try:
                connection, _ = listener.accept()
                qtest = Qtest(connection)
                program(qtest)
                print(f"CR0ACK {qtest.read32(SMMU + 0x24):#x}, GERROR {qtest.read32(SMMU + 0x60):#x}: {len(MEMORY)} words, {len(REGISTERS)} registers written")
                return 0
            finally:
                process.terminate()
                process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
`;
}
