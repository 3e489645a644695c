export { ManualClock, type Turns } from '../../lib/base/manual-clock.ts';
