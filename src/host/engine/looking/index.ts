/** What the engine's thread answers about the machine as it is now. */
import type { LookingMethod, LookingParams, LookingResult } from '../../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../../protocol/errors.ts';
import { cacheWindow } from './cache-window.ts';
import { memoryAt, memoryLocate, memoryMap, memorySearch, memoryWindow } from './memory.ts';
import { registerList, registerRead } from './registers.ts';
import { findStructure } from './structure-find.ts';
import { locateStructure, structureChildren } from './structure-tree.ts';
import type { Subject } from './subject.ts';
import { eventsBeside, heldEvents, reaching, streamNames, streamMappings, structureFindings } from './survey.ts';

type Look<M extends LookingMethod> = (subject: Subject, params: LookingParams<M>) => LookingResult<M>;

const LOOKS: { readonly [M in LookingMethod]: Look<M> } = {
  'caches.window': cacheWindow,
  'memory.map': memoryMap,
  'memory.window': memoryWindow,
  'memory.at': memoryAt,
  'memory.locate': memoryLocate,
  'memory.search': memorySearch,
  'registers.list': registerList,
  'registers.read': registerRead,
  'survey.mappings': streamMappings,
  'survey.who': reaching,
  'survey.findings': structureFindings,
  'survey.events': heldEvents,
  'survey.beside': eventsBeside,
  'survey.names': streamNames,
  'structures.children': structureChildren,
  'structures.locate': locateStructure,
  'structures.find': findStructure,
};

/** Fails with `no-machine`. */
export function look<M extends LookingMethod>(subject: Subject | null, method: M, params: LookingParams<M>): LookingResult<M> {
  if (subject === null) throw new RpcError({ code: RPC_CODES.noMachine, message: 'there is no machine to look at' });
  return LOOKS[method](subject, params);
}
