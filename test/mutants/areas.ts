import { assemblyMutants } from './areas/assembly.ts';
import { atosMutants } from './areas/atos.ts';
import { atsMutants } from './areas/ats.ts';
import { bundleMutants } from './areas/bundles.ts';
import { cacheMutants } from './areas/caches.ts';
import { choiceMutants } from './areas/choices.ts';
import { coherenceMutants } from './areas/coherence.ts';
import { commandMutants } from './areas/commands.ts';
import { configurationMutants } from './areas/configuration.ts';
import { deviationMutants } from './areas/deviations.ts';
import { fastPathMutants } from './areas/fast-path.ts';
import { faultMutants } from './areas/faults.ts';
import { formatMutants } from './areas/formats.ts';
import { historyMutants } from './areas/history.ts';
import { hostDriverMutants } from './areas/host-driver.ts';
import { hostEventMutants } from './areas/host-events.ts';
import { importerMutants } from './areas/importers.ts';
import { labMutants } from './areas/labs.ts';
import { misuseMutants } from './areas/misuse.ts';
import { msiMutants } from './areas/msi.ts';
import { pageTableMutants } from './areas/page-tables.ts';
import { priMutants } from './areas/pri.ts';
import { propertyMutants } from './areas/properties.ts';
import { queueMutants } from './areas/queues.ts';
import { queryMutants } from './areas/queries.ts';
import { registerMutants } from './areas/registers.ts';
import { stackStallMutants } from './areas/stack-stalls.ts';
import { stallMutants } from './areas/stall.ts';
import { storeMutants } from './areas/store.ts';
import { surveyMutants } from './areas/survey.ts';
import { traceMutants } from './areas/trace.ts';
import { uapiMutants } from './areas/uapi.ts';
import { verbMutants } from './areas/verbs.ts';
import { vmmMutants } from './areas/vmm.ts';
import { walkMutants } from './areas/walk.ts';
import type { Mutant } from './mutant.ts';

/** All mutants by area. */
export const AREAS: Readonly<Record<string, readonly Mutant[]>> = {
  configuration: configurationMutants,
  walk: walkMutants,
  'fast-path': fastPathMutants,
  faults: faultMutants,
  caches: cacheMutants,
  stall: stallMutants,
  ats: atsMutants,
  pri: priMutants,
  msi: msiMutants,
  atos: atosMutants,
  coherence: coherenceMutants,
  properties: propertyMutants,
  commands: commandMutants,
  queues: queueMutants,
  registers: registerMutants,
  trace: traceMutants,
  formats: formatMutants,
  labs: labMutants,
  store: storeMutants,
  bundles: bundleMutants,
  queries: queryMutants,
  history: historyMutants,
  'host-driver': hostDriverMutants,
  'host-events': hostEventMutants,
  uapi: uapiMutants,
  vmm: vmmMutants,
  'stack-stalls': stackStallMutants,
  'page-tables': pageTableMutants,
  deviations: deviationMutants,
  choices: choiceMutants,
  misuse: misuseMutants,
  verbs: verbMutants,
  assembly: assemblyMutants,
  survey: surveyMutants,
  importers: importerMutants,
};
