import type { Features } from '../../spec/features.ts';
import type { RegisterDef } from '../../spec/layout.ts';
import { fieldMask } from '../registers/register-field.ts';
import { PAGE_BYTES } from '../registers/far-page.ts';

/** Bytes from the registers of one control page in page 0 to those of the next (IHI 0070 6.3.49). */
export const CONTROL_PAGE_STRIDE = 32;

const AFTER_PAGE_1 = 0x20000;

/** Whether a register of page 0 is there once for each control page. */
export const isControlPage = ({ id }: RegisterDef): boolean => id.startsWith('CMDQ_CONTROL_PAGE_');

export const controlPageCount = (features: Features): number => 1 << features.log2ControlPages;

/** Byte offset of the first control page from the base of the SMMU; the others follow. They are behind the VATOS page, wherever that is. */
export const controlPagesBase = ({ vatos, vatosPage }: Features): number => AFTER_PAGE_1 + (vatos ? (vatosPage + 1) * PAGE_BYTES : 0);

/** 6.3.49: the page is at a fixed address, and its queues are for one interface. */
const PRESET = fieldMask('CMDQ_CONTROL_PAGE_BASE0', 'CMDQ_CONTROL_PAGE_PRESET');
const ONE_GROUP = fieldMask('CMDQ_CONTROL_PAGE_BASE0', 'CMDQGS') & -fieldMask('CMDQ_CONTROL_PAGE_BASE0', 'CMDQGS');

/** What a word of the registers of control page `page` reads as: PRESET, CMDQGS = 1 and where it is; EN and ENACK are always 1. */
export function controlPageConstant(register: RegisterDef, half: number, page: number, features: Features): number {
  if (register.bits === 32) return 1;
  return half === 1 ? 0 : (controlPagesBase(features) + page * PAGE_BYTES) | PRESET | ONE_GROUP;
}
