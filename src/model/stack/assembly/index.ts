/** The parts of the stack put together: from plain data to a machine. */
export * from './data.ts';
export { GUEST_HEAP, ramRange } from './stack-vm.ts';
export type { StackVm } from './stack-vm.ts';
export { HEAP_BYTES } from './host-kernel.ts';
export { StackMachine } from './stack-machine.ts';
export type { StackMachineOptions } from './stack-machine.ts';
