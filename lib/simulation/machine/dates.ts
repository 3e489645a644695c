import { currentMachine, dateOf } from './machine.ts';
import { inWorlds, replaceMember, substitute } from './substitute.ts';

const DATE_NOW = inWorlds((machine) => dateOf(machine));

/** Reading the time: `Date`, `performance.now`, `process.hrtime` and `process.uptime`. */
export function takeDates(): (() => void)[] {
  return [
    substitute(Date, { now: DATE_NOW }),
    replaceMember(globalThis, 'Date', new Proxy(Date, DATE)),
    substitute(performance, { now: inWorlds(({ clock }) => clock.now()) }),
    substitute(process.hrtime, {
      bigint: inWorlds(({ clock }) => BigInt(Math.round(clock.now() * 1e6))),
    }),
    substitute(process, {
      hrtime: inWorlds(({ clock }, [since]) => highResolution(clock.now(), since)),
      uptime: inWorlds(({ clock }) => clock.now() / 1_000),
    }),
  ];
}

/** `new Date()` and `Date()` of code in a world; all else is that of the class. */
const DATE: ProxyHandler<DateConstructor> = {
  construct: (target, args, newTarget) => {
    const machine = args.length === 0 ? currentMachine() : undefined;
    const given = machine === undefined ? args : [dateOf(machine)];
    return Reflect.construct(target, given, newTarget) as Date;
  },
  apply: (target) => {
    const machine = currentMachine();
    return String(machine === undefined ? new target() : new target(dateOf(machine)));
  },
};

function highResolution(nowMs: number, since: unknown): [number, number] {
  const nanoseconds = Math.round(nowMs * 1e6);
  const now: [number, number] = [Math.floor(nanoseconds / 1e9), nanoseconds % 1e9];
  if (!Array.isArray(since)) return now;
  const [sinceSeconds, sinceRest] = since as [number, number];
  const rest = now[1] - sinceRest;
  const seconds = now[0] - sinceSeconds;
  return rest < 0 ? [seconds - 1, rest + 1e9] : [seconds, rest];
}
