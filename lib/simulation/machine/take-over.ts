import { syncBuiltinESMExports } from 'node:module';

import { takeChance } from './chance.ts';
import { takeDates } from './dates.ts';
import { refuseOutside } from './outside.ts';
import { isSubstitute } from './substitute.ts';
import { takeTimerPromises } from './timer-promises.ts';
import { takeTimers } from './timers.ts';

/**
 * Lets code in worlds see the time and the chance of its process wherever it asks Node for them. All
 * other code sees Node's own. Returns a function that puts everything back; one that does nothing if all is
 * in place already.
 */
export function takeOver(): () => void {
  if (isSubstitute(Math.random)) return () => {};
  const restores = [
    ...takeDates(),
    ...takeChance(),
    ...takeTimers(),
    ...takeTimerPromises(),
    ...refuseOutside(),
  ];
  // Names that modules have imported follow.
  syncBuiltinESMExports();
  return () => {
    for (const restore of restores.reverse()) restore();
    syncBuiltinESMExports();
  };
}
