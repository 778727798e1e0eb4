/** Starts Trivet's stand-ins for the providers as a process of their own, and serves them through our port on request. */
export { keepSandbox } from './keep.ts'
export { mountSandbox } from './mount.ts'
export { startSandbox } from './start.ts'
