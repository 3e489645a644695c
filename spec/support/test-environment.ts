import { systemCollector } from '../../lib/base/collector.ts';
import { systemRandom } from '../../lib/base/random.ts';
import { SlabPool } from '../../lib/base/slab-pool.ts';
import { EXTENSION_VERSION } from '../../lib/connection/handshake/capabilities.ts';
import { bson } from '../../lib/serializer/bson/bson.ts';
import { DEFAULT_COMPATIBILITY } from '../../lib/settings/compatibility.ts';
import type { Environment } from '../../lib/settings/environment.ts';
import { type Limits, resolveLimits } from '../../lib/settings/limits.ts';
import { LoggerSlot } from '../../lib/diagnostics/logger.ts';
import { CollectedLog } from './collected-log.ts';
import { ManualClock } from '../../lib/simulation/manual-clock.ts';

/** An environment whose clock and log a test has in hand. */
export interface TestEnvironment extends Environment {
  readonly clock: ManualClock;
  readonly lines: CollectedLog;
}

/** The parts that connections of one client or server share, with these limits. */
export function testEnvironment(
  limits: Partial<Limits> = {},
  own: Partial<
    Pick<TestEnvironment, 'serializer' | 'compression' | 'clock' | 'random' | 'poisonsBorrowed'>
  > = {},
): TestEnvironment {
  const lines = new CollectedLog();
  const { clock = new ManualClock() } = own;
  return {
    clock,
    random: systemRandom(),
    collector: systemCollector,
    slabs: new SlabPool(),
    serializer: bson,
    compression: undefined,
    log: new LoggerSlot(lines, clock),
    lines,
    limits: resolveLimits(limits),
    compatibility: DEFAULT_COMPATIBILITY,
    extensionVersion: EXTENSION_VERSION,
    processName: undefined,
    poisonsBorrowed: false,
    ...own,
  };
}
