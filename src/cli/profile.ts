import { Option } from 'commander';
import { PROFILES } from '../model/spec/index.ts';

/** `--profile`: whose behaviour. */
export const profileOption = (): Option =>
  new Option('--profile <name>', "whose behaviour: the architecture's, or QEMU 11's with its deviations").choices(Object.keys(PROFILES)).default('arch');
