import { syncBuiltinESMExports } from 'node:module';

import { takeChance } from './chance.ts';
import { takeDates } from './dates.ts';
import { refuseOutside } from './outside.ts';
import { takeTimerPromises } from './timer-promises.ts';
import { takeTimers } from './timers.ts';

/**
 * Lets code in worlds see the time and the chance of its process wherever it asks Node for them. All
 * other code sees Node's own. Returns a function that puts everything back.
 */
export function takeOver(): () => void {
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
