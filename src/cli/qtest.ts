import { runQtest } from '../host/qtest/index.ts';
import type { Register } from './register.ts';

/** `qtest ARGS`: the options are QEMU's, so none of them is commander's. */
export const registerQtest: Register = (program, _io, done) => {
  program
    .command('qtest')
    .description("the machine as a qtest and QMP server, with QEMU's options: -machine virt,iommu=smmuv3 -qtest unix:PATH ...")
    .argument('[options...]', "QEMU's command line")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (options: string[]) => done(await runQtest(options)));
};
