import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** How many of each kind there are; the kind is told to whoever left one behind. */
export type Counts = ReadonlyMap<string, number>;

/** They keep a process alive; the rest of what Node lists is its own or mocha's. */
const WATCHED: ReadonlySet<string> = new Set([
  'FSEventWrap',
  'PipeWrap',
  'ProcessWrap',
  'StatWatcher',
  'TCPServerWrap',
  'TCPSocketWrap',
  'Timeout',
  'UDPWrap',
  'Worker',
]);

const DESCRIPTORS = '/proc/self/fd';

/** A timer as Node makes it. Whether it is over shows in an undocumented field. */
interface LiveTimer extends NodeJS.Timeout {
  readonly _destroyed?: boolean;
}

/** Node lists no timers that keep nothing alive: they are noted when they are made so. */
const unrefTimers = new Set<LiveTimer>();

/** Notes timers that are unref'd from now on. Returns the way back. */
export function watchTimers(): () => void {
  const timer = setTimeout(() => {}, 0);
  clearTimeout(timer);
  const prototype = Object.getPrototypeOf(timer) as NodeJS.Timeout;
  const unref: unknown = prototype.unref;
  if (typeof unref !== 'function') throw new Error('timers can not be unref’d');
  prototype.unref = function (this: LiveTimer): LiveTimer {
    unrefTimers.add(this);
    return Reflect.apply(unref, this, []) as LiveTimer;
  };
  return () => void Object.assign(prototype, { unref });
}

/** Everything of this process that a test could leave behind. */
export function countResources(): Counts {
  const counts = new Map<string, number>();
  const count = (kind: string, number = 1): void => {
    if (number > 0) counts.set(kind, (counts.get(kind) ?? 0) + number);
  };
  for (const type of process.getActiveResourcesInfo()) if (WATCHED.has(type)) count(type);
  count('Timeout without ref', liveUnrefTimers());
  for (const event of process.eventNames()) {
    count(`listener of process '${String(event)}'`, process.listenerCount(event));
  }
  for (const [kind, number] of descriptors()) count(kind, number);
  return counts;
}

function liveUnrefTimers(): number {
  let count = 0;
  for (const timer of unrefTimers) {
    if (timer._destroyed === true || timer.hasRef()) unrefTimers.delete(timer);
    else count++;
  }
  return count;
}

/** Open files by their paths, and watchers whether they keep the process alive or not; none where the system does not tell. */
function* descriptors(): Generator<[kind: string, count: number]> {
  if (process.platform !== 'linux') return;
  for (const descriptor of readdirSync(DESCRIPTORS)) {
    const path = pathOf(descriptor);
    if (path === 'anon_inode:inotify') yield ['watcher of files', watchesOf(descriptor)];
    else if (/^\/(?!dev\/|proc\/)/.test(path)) yield [`open file ${path}`, 1];
  }
}

function pathOf(descriptor: string): string {
  try {
    return readlinkSync(`${DESCRIPTORS}/${descriptor}`);
  } catch {
    // The one that the folder was read with.
    return '';
  }
}

function watchesOf(descriptor: string): number {
  const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
  return info.split('\n').filter((line) => line.startsWith('inotify wd:')).length;
}
