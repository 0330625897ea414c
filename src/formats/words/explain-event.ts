/** Why an event was recorded and what would make the access work (IHI 0070 7.3): for people who have a log and no machine. */
import { hex } from '../../model/base/address.ts';
import { decode } from '../../model/spec/index.ts';
import type { CaseDef, FieldValue } from '../../model/spec/index.ts';
import type { Explanation } from './explanation.ts';

type Values = Readonly<Record<string, FieldValue | undefined>>;
type Said = readonly [cause: string, remedy: string];

const CLASS = { CD: 0, TT: 1, IN: 2 } as const;

const address = (value: FieldValue | undefined): string => hex(BigInt(value ?? 0));
const isSet = (value: FieldValue | undefined): boolean => Number(value ?? 0) === 1;

/** `StreamID 0x20`, with its SubstreamID where the transaction had one. */
const streamOf = (values: Values): string => `StreamID ${address(values['StreamID'])}${isSet(values['SSV']) ? `, SubstreamID ${address(values['SubstreamID'])}` : ''}`;

/** `a read of 0xbad00000 by StreamID 0x20`. */
function accessOf(values: Values): string {
  const what = isSet(values['InD']) ? 'an instruction fetch' : isSet(values['RnW']) ? 'a read' : 'a write';
  return `${what} of ${address(values['InputAddr'])} by ${streamOf(values)}`;
}

/** What stage 2 was asked to translate. */
function stage2Input(values: Values): string {
  const ipa = `IPA ${address(values['IPA'])}`;
  if (values['Class'] === CLASS.CD) return `the CD of ${streamOf(values)} at ${ipa}`;
  if (values['Class'] === CLASS.TT) return `a stage-1 table at ${ipa}, walked for ${accessOf(values)}`;
  return `${ipa}, which is where ${accessOf(values)} leads`;
}

const ofStage2 = (values: Values): boolean => isSet(values['S2']);
const isOwnInput = (values: Values): boolean => values['Class'] === CLASS.IN;

const MAP_STAGE_2 = 'The hypervisor must map that IPA at stage 2: guest RAM for tables and buffers, a doorbell for MSIs (RMR or a software MSI window). An entry that was invalid is not cached: no invalidation is due.';
const LATE = 'If it was mapped once: the device still used it after the unmap, or the driver gave the buffer back too early.';

function translation(values: Values): Said {
  if (ofStage2(values)) return [`Stage 2 has no valid descriptor for ${stage2Input(values)}.`, isOwnInput(values) ? `${MAP_STAGE_2} If the guest never handed out this IPA, its stage 1 maps the wrong one.` : MAP_STAGE_2];
  const odd = isOwnInput(values) ? '' : ' The class says that no input address was translated: some implementations record a fault of stage 2 this way.';
  return [
    `Stage 1 has no valid descriptor for ${accessOf(values)}, or the address is wider than TxSZ allows.${odd}`,
    `The driver must map the address (dma_map_*) before the device is told of it, and in this StreamID's domain. ${LATE} An address that looks cut off or sign-extended points at the DMA mask.`,
  ];
}

function addressSize(values: Values): Said {
  return ofStage2(values)
    ? [`Stage 2 refuses ${stage2Input(values)}: the IPA is wider than S2T0SZ allows, or a descriptor of stage 2 leads outside S2PS.`, 'S2T0SZ must cover every IPA that stage 1 can make (CD.IPS), and S2PS every PA.']
    : [`A descriptor of stage 1 for ${accessOf(values)} leads to an address wider than CD.IPS, or above the IPA size of the SMMU.`, 'The table holds garbage above the output size, or CD.IPS is too small: compare it with IDR5.OAS and with the stage 2 under it.'];
}

function accessFlag(values: Values): Said {
  const where = ofStage2(values) ? `stage 2 for ${stage2Input(values)}` : `stage 1 for ${accessOf(values)}`;
  return [`The descriptor of ${where} is valid, but its access flag is 0.`, `Software sets AF when it maps, sets it in the fault handler, or lets the SMMU do so (${ofStage2(values) ? 'STE.S2HA, or STE.S2AFFD' : 'CD.HA, or CD.AFFD'}).`];
}

function permission(values: Values): Said {
  if (ofStage2(values)) return [`Stage 2 does not permit ${isOwnInput(values) ? `${accessOf(values)} at IPA ${address(values['IPA'])}` : `reading ${stage2Input(values)}`}.`, isOwnInput(values) ? 'S2AP or S2XN of the page refuses it: a read-only mapping (a log-dirty migration, a ROM), or a device that writes where it should only read.' : 'Tables and CDs need S2AP read. With S2PTW they must not lie in device memory.'];
  return [`The stage-1 page permits less than ${isSet(values['PnU']) ? 'privileged ' : 'unprivileged '}${accessOf(values)} needs (AP, XN, PnU).`, 'The direction given to dma_map_* must be the direction of the DMA: a buffer mapped for the device to read (DMA_TO_DEVICE) is not writable. An unprivileged access needs AP[1] = 1.'];
}

const EXTERNAL = 'The address is not memory, is protected from the SMMU (firewall, GPT), or holds an uncorrectable error.';

const SAID: Readonly<Record<string, (values: Values) => Said>> = {
  F_UUT: (values) => [`${streamOf(values)} made a transaction of a type that the SMMU does not support.`, 'The device or the interconnect is set up wrongly: no table can help.'],
  C_BAD_STREAMID: (values) => [`${streamOf(values)} is outside the stream table, or its level-1 descriptor is not valid.`, 'No driver has set this stream up: the StreamID in firmware (iommu-map, IORT ID mapping) is not what the device sends, or the device does DMA before its driver is bound. STRTAB_BASE_CFG.LOG2SIZE must cover it.'],
  F_STE_FETCH: (values) => [`The STE of ${streamOf(values)} could not be read at PA ${address(values['FetchAddr'])}: external abort.`, `STRTAB_BASE, or the level-1 descriptor's L2Ptr, is wrong. ${EXTERNAL}`],
  C_BAD_STE: (values) => [`The STE of ${streamOf(values)} is not valid (V = 0) or breaks a rule of 5.2.2.`, 'Look at the STE with decode or in a capture: the linter names the rule. V = 0 is usual while a driver rewrites the entry, and for a stream that nobody has set up.'],
  F_BAD_ATS_TREQ: (values) => [`${streamOf(values)} asked for a translation (ATS) that its STE does not allow.`, 'STE.EATS must be 1 (full) or 2 (split), and ATS must be enabled in the device only after that.'],
  F_STREAM_DISABLED: (values) => [`${streamOf(values)} made a transaction that STE.S1DSS refuses: without SubstreamID where each needs one, or with SubstreamID 0 where that is not for use.`, 'The device must use a PASID, or S1DSS must be bypass or SSID0.'],
  F_TRANSL_FORBIDDEN: (values) => [`${streamOf(values)} used a translation of its own (ATS Translated) for ${address(values['InputAddr'])}, and STE.EATS does not let it.`, 'The device kept ATS enabled after software switched it off, or it forges translations.'],
  C_BAD_SUBSTREAMID: (values) => [`${streamOf(values)}: there is no CD of this SubstreamID, as S1CDMax has it, or the stream takes none.`, 'STE.S1CDMax must cover the PASID, and its level-1 CD descriptor must be valid.'],
  F_CD_FETCH: (values) => [`The CD of ${streamOf(values)} could not be read at PA ${address(values['FetchAddr'])}: external abort.`, `STE.S1ContextPtr is wrong (with two stages it is an IPA), or stage 2 leads it astray. ${EXTERNAL}`],
  C_BAD_CD: (values) => [`The CD of ${streamOf(values)} is not valid (V = 0) or breaks a rule of 5.4.2.`, 'Look at the CD with decode or in a capture: the linter names the rule. V = 0: the PASID was unbound, or never bound.'],
  F_WALK_EABT: (values) => [`A translation table could not be read at PA ${address(values['FetchAddr'])}, for ${accessOf(values)}: external abort.`, `A table address is wrong: TTB0, TTB1, S2TTB or a table descriptor that points at freed memory. ${EXTERNAL}`],
  F_TRANSLATION: translation,
  F_ADDR_SIZE: addressSize,
  F_ACCESS: accessFlag,
  F_PERMISSION: permission,
  F_TLB_CONFLICT: (values) => [`The TLB holds two entries for ${address(values['InputAddr'])} of ${streamOf(values)}.`, 'A live descriptor was changed in size without making it invalid and invalidating in between (break before make).'],
  F_CFG_CONFLICT: (values) => [`Two cached configurations match ${streamOf(values)}.`, 'STE.CONT was set on entries that differ, or CMD_CFGI_STE_RANGE did not cover all of them.'],
  E_PAGE_REQUEST: (values) => [`${streamOf(values)} hints that it will access ${address(values['InputAddr'])}.`, 'No error: software may map the pages.'],
  F_VMS_FETCH: (values) => [`The VMS of ${streamOf(values)} could not be read at PA ${address(values['FetchAddr'])}: external abort.`, `STE.VMSPtr is wrong. ${EXTERNAL}`],
};

/** Null for an event that is not the architecture's. */
export function explainEvent(event: CaseDef, words: Uint32Array): Explanation | null {
  const said = SAID[event.id]?.(decode(event, words, 0));
  if (said === undefined) return null;
  const [cause, remedy] = said;
  return { section: event.section, cause, remedy };
}
