/** Imported as `sluice/testing`: both ends in one process, a network in memory, and time that moves when the test says so. */

export { ManualClock } from './simulation/manual-clock.ts';
export {
  advance,
  createTestPair,
  runUntil,
  settle,
  type TestPair,
  type TestPairOptions,
} from './simulation/test-pair.ts';
export { MemoryTransport, type MemoryTransportOptions } from './transport/memory/transport.ts';
