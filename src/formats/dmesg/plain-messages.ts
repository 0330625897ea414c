/** Messages of the Linux driver that have no words: what each is about, why it is printed and what helps. */
import type { Explanation } from '../words/explanation.ts';
import { FEATURE_NAMES } from './features.ts';

export interface PlainMessage {
  /** The architecture's name of what is reported; `probe`, `driver`. */
  readonly type: string;
  readonly explanation: Explanation;
}

type Row = readonly [pattern: RegExp, type: string, section: string, cause: string, remedy: string];

const MSI = 'The address in the IRQ_CFG register of that source must be writable for the SMMU: the doorbell of an ITS.';

/** What the driver says while it starts. */
const PROBE: readonly Row[] = [
  [/^allocated \d+ entries for (?:cmdq|evtq|priq)$/, 'probe', '3.5.1', 'The driver allocated a queue as large as IDR1 permits.', ''],
  [/^option mask 0x[0-9a-f]+$/, 'probe', '', 'Firmware or a table of errata names what this implementation needs done differently.', ''],
  [/^msi_domain absent - falling back to wired irqs$/, 'probe', '3.18', 'The SMMU can send MSIs, but firmware names no ITS for it.', 'Name one in the IORT node (DeviceID mapping) or in the device tree (msi-parent), if wired interrupts are not wanted.'],
  [/^failed to allocate MSIs - falling back to wired irqs$/, 'probe', '3.18', 'The ITS had no MSIs left for the SMMU.', 'Wired interrupts do the same work; see the messages of the ITS.'],
  [/^2-level strtab only covers \d+\/\d+ bits of SID$/, 'probe', '3.3.1.2', 'The level-1 stream table would be too large for all StreamIDs that IDR1.SIDSIZE permits.', 'StreamIDs above are C_BAD_STREAMID; firmware must not hand them out.'],
  [/^SMMU currently enabled! Resetting\.\.\.$/, 'probe', '6.3.9', 'Firmware, or the kernel before a kexec, left the SMMU enabled.', 'DMA that is still going on faults or is aborted from here until its driver starts. RMR nodes in the IORT keep what must go on (a boot framebuffer).'],
  [/^IDR0\.\w+ overridden by (?:dma-coherent property|FW configuration) \(.+\)$/, 'probe', '6.3.1', 'Firmware says otherwise of coherency than IDR0.', 'If tables look stale to the SMMU, one of the two is wrong: the COHACC override flag of the IORT node, or dma-coherent in the device tree.'],
  [/^unknown output address size\. Truncating to 48-bit$/, 'probe', '6.3.6', 'IDR5.OAS has a code that this kernel does not know.', 'A newer kernel uses all bits.'],
  [/^(?:Domain|SMMU)\S* .*does not implement two stages$/i, 'probe', '6.3.1', 'Nested translation was asked of an SMMU that lacks stage 1 or stage 2.', 'IDR0.S1P and IDR0.S2P must both be 1.'],
  [/^no (?:evtq|gerr|priq) irq - .*$/, 'probe', '3.18', 'Firmware gives no interrupt for this source.', 'What it would report stays unseen: name the interrupt in the IORT node or the device tree.'],
  [/^failed to (?:enable|disable|setup) (?:\S+ )?irqs?$/, 'driver', '3.18', 'An interrupt of the SMMU could not be had.', 'Look at the interrupt numbers that firmware gives, and at who else uses them.'],
  [/^failed to (?:clear cr0|enable (?:command queue|event queue|PRI queue|ATS check|SMMU interface))$/, 'CR0ACK', '6.3.10', 'CR0ACK did not follow a write of CR0.', 'The SMMU is not clocked, in reset, or not at this address.'],
  [/^GBPA not responding to update$/, 'GBPA', '6.3.14', 'GBPA.Update stayed 1.', 'The SMMU is not clocked, in reset, or not at this address.'],
  [/^(?:no translation support!|unknown\/unsupported TT endianness!|AArch64 table format not supported!|embedded implementation not supported|command queue size <= \d+ entries not supported|MMIO region too small \(.+\))$/, 'probe', '6.3.1', 'The ID registers have no feature that the driver needs.', 'Look whether the address in firmware is that of an SMMUv3: other registers read like an SMMU that can do nothing.'],
];

/** What it says later. */
const RUNNING: readonly Row[] = [
  [/^EVTQ write aborted -- events may have been lost$/, 'EVENTQ_ABT_ERR', '7.2', 'A write of an event record was terminated with an abort.', 'EVENTQ_BASE must be memory that the SMMU may write; after a kexec or a bad write of the register it is not.'],
  [/^PRIQ write aborted -- events may have been lost$/, 'PRIQ_ABT_ERR', '8.1', 'A write of a page request was terminated with an abort.', 'PRIQ_BASE must be memory that the SMMU may write.'],
  [/^CMDQ MSI write aborted$/, 'MSI_CMDQ_ABT_ERR', '3.18', 'The MSI of a CMD_SYNC was terminated with an abort.', 'The address in CMD_SYNC must be writable for the SMMU.'],
  [/^EVTQ MSI write aborted$/, 'MSI_EVENTQ_ABT_ERR', '3.18', 'The MSI of the event queue was terminated with an abort.', MSI],
  [/^PRIQ MSI write aborted$/, 'MSI_PRIQ_ABT_ERR', '3.18', 'The MSI of the PRI queue was terminated with an abort.', MSI],
  [/^GERROR MSI write aborted$/, 'MSI_GERROR_ABT_ERR', '3.18', 'The MSI of GERROR was terminated with an abort.', MSI],
  [/^device has entered Service Failure Mode!$/, 'SFM_ERR', '7.5', 'The SMMU met an uncorrectable error and stopped translating; the driver disables it.', 'The hardware needs a reset; see the RAS records of the machine.'],
  [/^EVTQ overflow detected -- events lost$/, 'EVENTQ_PROD.OVFLG', '7.4', 'The event queue was full when a further event came; that event is lost.', 'One device that faults in a loop fills it: look for the StreamID that repeats. Stop it at its driver, or let STE.MEV merge its events.'],
  [/^PRIQ overflow detected -- requests lost$/, 'PRIQ_PROD.OVFLG', '8.1', 'The PRI queue was full when a further page request came.', 'Page requests outstanding in all devices together must fit: lower the allocations in their PRI capabilities.'],
  [/^retrying command fetch$/, 'CERROR_ABT', '7.1', 'The SMMU could not read a command: CERROR_ABT. The driver lets it try again.', 'CMDQ_BASE must be memory that the SMMU may read.'],
  [/^CMD_SYNC timeout(?: at 0x[0-9a-f]+)?(?: \[hwprod 0x[0-9a-f]+, hwcons 0x[0-9a-f]+\])?$/, 'CMD_SYNC', '4.7.3', 'A CMD_SYNC had not completed after a second: a command before it is not done, or the queue stands still.', 'hwcons that stands still with an error in CMDQ_CONS: the command there. No error: an ATC invalidation that a device does not answer, or an SMMU without clock. hwcons past the CMD_SYNC: its MSI was lost.'],
  [/^CMDQ timeout$/, 'CMDQ', '3.5.1', 'The command queue stayed full: the SMMU consumes no commands.', 'As for a CMD_SYNC that times out: see CMDQ_CONS.ERR and GERROR.CMDQ_ERR.'],
  [/^failed to allocate (?:l2 stream table for SID (?:0x)?[0-9a-f]+|(?:linear|l1) stream table \(\d+ bytes\)|queue \(0x[0-9a-f]+ bytes\) for \w+|\w+ context descriptor\w*.*)$/, 'driver', '', 'The kernel has no contiguous memory for a structure of the SMMU.', 'See the memory of the machine at that moment.'],
  [/^arm_smmu_\w+: \d+ callbacks suppressed$/, 'suppressed', '', 'The kernel limits how often the driver prints: so many messages are missing here.', 'The first events before the flood tell the most. Raise printk_ratelimit, or trace iommu:io_page_fault, to see all.'],
];

/** Every one of them, with the section that it cites. */
export const PLAIN_MESSAGES: readonly Row[] = [...PROBE, ...RUNNING];

const FEATURES = /^(?:ias (\d+)-bit, )?oas (\d+)-bit \(features (0x[0-9a-f]+)\)$/;

function probedFeatures(text: string): PlainMessage | null {
  const match = FEATURES.exec(text);
  if (match === null) return null;
  const bits = Number(match[3]);
  const names = FEATURE_NAMES.filter((_, bit) => ((bits >>> bit) & 1) === 1);
  const ias = match[1] === undefined ? '' : `IPAs of ${match[1]} bits, `;
  return { type: 'probe', explanation: { section: '6.3.1', cause: `What the driver uses of this SMMU: ${ias}PAs of ${match[2]} bits; ${names.join(' ')}.`, remedy: '' } };
}

/** What a message without words is about, or null when this driver's message is not known. */
export function plainMessage(text: string): PlainMessage | null {
  const row = PLAIN_MESSAGES.find(([pattern]) => pattern.test(text));
  if (row === undefined) return probedFeatures(text);
  const [, type, section, cause, remedy] = row;
  return { type, explanation: { section, cause, remedy } };
}
