/** Imported as `sluice/simulation`: processes, a network, disks and time in a world in which everything follows from a seed. */

export type { Direction } from './simulation/world/connection.ts';
export { type Chooser, Dice } from './simulation/world/dice.ts';
export {
  explore,
  type Exploration,
  type ExploredProgram,
  type ExploreOptions,
  type Exploring,
  inOrder,
} from './simulation/world/explore.ts';
export type { ExploreStop } from './simulation/world/explorer.ts';
export type { NodeProcess, NodeProgram, NodeSurroundings } from './simulation/world/node.ts';
export type { PathConditions } from './simulation/world/path.ts';
export { searchSeeds, type SearchOptions } from './simulation/world/search-seeds.ts';
export {
  simulate,
  type SimulateOptions,
  type Simulation,
  type WorldProgram,
} from './simulation/world/simulate.ts';
export type { NodeStore } from './simulation/world/store.ts';
export type { Trace, TraceEntry } from './simulation/world/trace.ts';
export type { World } from './simulation/world/world.ts';
export type { CrashKind } from './simulation/world/world-arguments.ts';
export { WorldError } from './simulation/world/world-error.ts';
