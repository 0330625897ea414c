/** The tree of structures from its roots: the physical SMMU, and in a lab of the whole stack each guest's own. */
import { fromWords, hex } from '../../../model/base/address.ts';
import type { RegisterFile } from '../../../model/smmu/registers/register-file.ts';
import { streamTableOf } from '../../../model/smmu/registers/stream-table.ts';
import type { StreamTable } from '../../../model/smmu/registers/stream-table.ts';
import { L1STD, STE } from '../../../model/spec/index.ts';
import type { LookingParams, LookingResult, StructureNode } from '../../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../../protocol/errors.ts';
import { guestSpace, hostSpace } from './spaces.ts';
import { recordAt, viewOfGroup, viewOfRecord } from './structure-node.ts';
import type { Branch, TreeNode } from './structure-node.ts';
import { steBranch } from './structure-stream.ts';
import type { Setting } from './structure-stream.ts';
import type { Subject } from './subject.ts';

/** STEs that are looked through for those that are not 0: larger tables are shown as far as this. */
const MAX_STES = 1 << 16;
const PHYSICAL = 'physical';

interface Root {
  readonly key: string;
  readonly title: string;
  readonly registers: RegisterFile;
  readonly setting: Setting;
}

function vmOfStream({ bench, machine }: Subject): (sid: number) => string | null {
  return (sid) => bench?.stack.data.devices.find(({ StreamID }) => StreamID === sid)?.vm ?? machine?.deviceOf(sid)?.vm ?? null;
}

function roots(subject: Subject): Root[] {
  const { smmu, bench } = subject;
  const { memory } = smmu;
  const host: Setting = { space: hostSpace(memory), memory, features: smmu.features, e2h: smmu.registers.e2h, vmOf: vmOfStream(subject), nameOf: (sid) => subject.nameOf(sid) };
  const guests = [...(bench?.stack.vms.values() ?? [])].map(({ data, ram, vmm }): Root => {
    const setting: Setting = { space: guestSpace(data.name, memory, (ipa) => ram.toPa(ipa)), memory, features: vmm.smmu.features, e2h: false, vmOf: () => data.name, nameOf: (sid) => bench?.stack.data.devices.find((one) => one.vm === data.name && one.vSID === sid)?.name ?? null };
    return { key: `vm:${data.name}`, title: `SMMU of ${data.name}`, registers: vmm.smmu.registers, setting };
  });
  return [{ key: PHYSICAL, title: 'the SMMU', registers: smmu.registers, setting: host }, ...guests];
}

const tableOf = ({ registers, setting }: Root): StreamTable => streamTableOf(registers.image, setting.features);

/** STEs of one table that are not 0. */
function stesAt(setting: Setting, base: bigint, first: number, count: number): Branch[] {
  const found: Branch[] = [];
  for (let index = 0; index < Math.min(count, MAX_STES); index++) {
    const address = base + BigInt(index * STE.bytes);
    if ((setting.space.read64(address) ?? 0n) !== 0n) found.push(steBranch(setting, first + index, address));
  }
  return found;
}

const L2PTR = 0x000f_ffff_ffff_ffc0n;

function level1Branch(setting: Setting, address: bigint, index: number, word: bigint, split: number): Branch {
  const span = Number(word & 31n);
  const first = index * 2 ** split;
  const count = span === 0 ? 0 : 2 ** (span - 1);
  return {
    key: `l1std:${index}`,
    make: () => ({
      view: viewOfRecord(setting.space, address, L1STD, recordAt(setting.space, address, L1STD.bytes), { kind: 'l1std', title: `L1STD [${index}]`, text: count === 0 ? 'Span 0: no table' : `StreamIDs ${hex(first)} to ${hex(first + count - 1)}` }),
      branches: () => stesAt(setting, word & L2PTR, first, Math.min(count, 2 ** split)),
    }),
  };
}

function streams(root: Root): Branch[] {
  const { setting } = root;
  const table = tableOf(root);
  const base = fromWords(table.baseHi, table.baseLo);
  if (!table.twoLevel) return stesAt(setting, base, 0, 2 ** table.effective);
  const count = Math.min(2 ** Math.max(0, table.effective - table.split), MAX_STES);
  return Array.from({ length: count }, (_, index) => index).flatMap((index): Branch[] => {
    const address = base + BigInt(index * L1STD.bytes);
    const word = setting.space.read64(address) ?? 0n;
    return word === 0n ? [] : [level1Branch(setting, address, index, word, table.split)];
  });
}

function rootNode(root: Root): TreeNode {
  const table = tableOf(root);
  const shape = table.twoLevel ? `two levels, SPLIT ${table.split}` : 'linear';
  return { view: viewOfGroup(root.setting.space, fromWords(table.baseHi, table.baseLo), { kind: 'smmu', title: root.title, text: `stream table, ${shape}, 2^${table.effective} StreamIDs` }), branches: () => streams(root) };
}

export const rootBranches = (subject: Subject): Branch[] => roots(subject).map((root) => ({ key: root.key, make: () => rootNode(root) }));

/** The branches below a node; throws `not-found`. */
function branchesAt(subject: Subject, id: string): readonly Branch[] {
  let branches: readonly Branch[] = rootBranches(subject);
  for (const key of id === '' ? [] : id.split('/')) {
    const branch = branches.find((one) => one.key === key);
    if (branch === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `there is no structure ${JSON.stringify(id)} any more` });
    branches = branch.make().branches();
  }
  return branches;
}

function viewOf(parent: string, { key, make }: Branch): StructureNode {
  const node = make();
  return { ...node.view, id: parent === '' ? key : `${parent}/${key}`, children: node.branches().length };
}

export function structureChildren(subject: Subject, { parent, from, count }: LookingParams<'structures.children'>): LookingResult<'structures.children'> {
  const branches = branchesAt(subject, parent);
  return { total: branches.length, rows: branches.slice(from, from + count).map((branch) => viewOf(parent, branch)) };
}

export function locateStructure(subject: Subject, { sid, ssid = 0, iova }: LookingParams<'structures.locate'>): LookingResult<'structures.locate'> {
  const path: string[] = [];
  let branches: readonly Branch[] = rootBranches(subject).slice(0, 1);
  let id = '';
  for (;;) {
    const next = branches.map((branch) => ({ branch, node: branch.make() })).find(({ branch, node }) => leadsTo(branch.key, node, { sid, ssid, iova: BigInt(iova) }));
    if (next === undefined) return { path };
    id = id === '' ? next.branch.key : `${id}/${next.branch.key}`;
    path.push(id);
    branches = next.node.branches();
  }
}

interface Wanted {
  readonly sid: number;
  readonly ssid: number;
  readonly iova: bigint;
}

/** The part of the tree below this node is that of the access. */
function leadsTo(key: string, node: TreeNode, { sid, ssid, iova }: Wanted): boolean {
  const { view } = node;
  switch (view.kind) {
    case 'smmu':
      return true;
    case 'ste':
      return key === `ste:${hex(sid)}`;
    case 'cd':
      return key === `cd:${ssid}`;
    case 'l1std':
      return node.branches().some((branch) => branch.key === `ste:${hex(sid)}`);
    case 'l1cd':
      return node.branches().some((branch) => branch.key === `cd:${ssid}`);
    case 'tables':
      return key === (((iova >> 55n) & 1n) === 1n ? 'ttb1' : 'ttb0') || key === 's2';
    case 'descriptor':
      return covers(view, iova);
  }
}

const covers = ({ input, size }: TreeNode['view'], address: bigint): boolean => {
  const from = BigInt(input?.address ?? 0);
  return address >= from && address < from + BigInt(size ?? 0);
};
