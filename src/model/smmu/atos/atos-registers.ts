import { accessor, addressHi, addressLo } from '../../spec/layout.ts';
import type { Journal } from '../journal.ts';
import { PAGE_BYTES } from '../registers/far-page.ts';
import type { FarPage } from '../registers/far-page.ts';
import { fieldMask, registerField, registerOf, wordOf } from '../registers/register-field.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import type { Atos } from './atos.ts';
import type { AtosRequest } from './atos-request.ts';

const SID = registerOf('GATOS_SID');
const ADDR = registerOf('GATOS_ADDR');
const PAR = wordOf('GATOS_PAR');
const CTRL = wordOf('GATOS_CTRL');
const RUN = fieldMask('GATOS_CTRL', 'RUN');
const vmidOf = registerField('VATOS_SEL', 'VMID');

const sid = { STREAMID: accessor(SID, 'STREAMID'), SUBSTREAMID: accessor(SID, 'SUBSTREAMID'), SSID_VALID: accessor(SID, 'SSID_VALID') };
const addr = {
  HTTUI: accessor(ADDR, 'HTTUI'),
  InD: accessor(ADDR, 'InD'),
  RnW: accessor(ADDR, 'RnW'),
  PnU: accessor(ADDR, 'PnU'),
  TYPE: accessor(ADDR, 'TYPE'),
  hi: addressHi(ADDR, 'ADDR'),
  lo: addressLo(ADDR, 'ADDR'),
};

/** The operation that SID at word `s` and ADDR at word `a` describe. */
function requestOf(words: Int32Array, s: number, a: number, vmid: number | null): AtosRequest {
  return {
    sid: sid.STREAMID(words, s) | 0,
    ssidKey: sid.SSID_VALID(words, s) === 0 ? 0 : sid.SUBSTREAMID(words, s) + 1,
    type: addr.TYPE(words, a),
    rnw: addr.RnW(words, a),
    ind: addr.InD(words, a),
    pnu: addr.PnU(words, a),
    httui: addr.HTTUI(words, a) === 1,
    hi: addr.hi(words, a) | 0,
    lo: addr.lo(words, a) | 0,
    vmid,
  };
}

/** GATOS: the registers of page 0 (IHI 0070 6.3.37 to 6.3.40). An operation is complete when the write of RUN returns. */
export class Gatos {
  private readonly atos: Atos;
  private readonly registers: RegisterFile;
  private readonly journal: Journal;

  constructor(atos: Atos, registers: RegisterFile, journal: Journal) {
    this.atos = atos;
    this.registers = registers;
    this.journal = journal;
  }

  /** GATOS_CTRL was written. */
  start(): void {
    const { image } = this.registers;
    if ((image[CTRL]! & RUN) === 0) return;
    image[CTRL]! &= ~RUN;
    if (!this.registers.smmuEnabled) return this.journal.misuse({ id: 'atos-disabled', place: 'register', address: BigInt(CTRL * 4), write: true });
    const request = requestOf(image, SID.offset >>> 2, ADDR.offset >>> 2, null);
    this.atos.run(request);
    image[PAR] = this.atos.parLo;
    image[PAR + 1] = this.atos.parHi;
    this.journal.atos(request, this.atos.parHi, this.atos.parLo);
  }
}

const VATOS_CTRL = 0xa00;
const VATOS_SID = 0xa08;
const VATOS_ADDR = 0xa10;
const VATOS_PAR = 0xa18;
const END = 0xa20;

/** VATOS: the same for one VM, which VATOS_SEL names, in a page that a hypervisor can hand to it (6.2.4, 6.3.44): stage 1 only. */
export class VatosPage implements FarPage {
  readonly base: number;
  readonly bytes = PAGE_BYTES;
  /** VATOS_SID, VATOS_ADDR and VATOS_PAR, from VATOS_CTRL on. */
  private readonly words = new Int32Array((END - VATOS_CTRL) / 4);
  private readonly atos: Atos;
  private readonly registers: RegisterFile;
  private readonly journal: Journal;

  /** `page`: IDR2.BA_VATOS. */
  constructor(page: number, atos: Atos, registers: RegisterFile, journal: Journal) {
    this.base = 0x20000 + page * PAGE_BYTES;
    this.atos = atos;
    this.registers = registers;
    this.journal = journal;
  }

  read(offset: number): number {
    return offset < VATOS_CTRL || offset >= END ? 0 : this.words[(offset - VATOS_CTRL) >>> 2]! >>> 0;
  }

  write(offset: number, value: number): void {
    if (offset === VATOS_CTRL) return (value & RUN) === 0 ? undefined : this.#start();
    if (offset < VATOS_SID || offset >= VATOS_PAR) {
      return this.journal.misuse({ id: offset >= VATOS_PAR && offset < END ? 'read-only-register' : 'reserved-register', place: 'register', address: BigInt(this.base + offset), write: true });
    }
    this.words[(offset - VATOS_CTRL) >>> 2] = value;
  }

  #start(): void {
    if (!this.registers.smmuEnabled) return this.journal.misuse({ id: 'atos-disabled', place: 'register', address: BigInt(this.base + VATOS_CTRL), write: true });
    const at = (offset: number): number => (offset - VATOS_CTRL) >>> 2;
    const request = requestOf(this.words, at(VATOS_SID), at(VATOS_ADDR), vmidOf(this.registers.image));
    this.atos.run(request);
    this.words[at(VATOS_PAR)] = this.atos.parLo;
    this.words[at(VATOS_PAR) + 1] = this.atos.parHi;
    this.journal.atos(request, this.atos.parHi, this.atos.parLo);
  }
}
