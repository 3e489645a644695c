/** Those that every comparison is about come first. */
const FIRST = ['floor', 'sluice'];

/** Raw sockets and the system's own copy, sluice, and sluice in other ways. */
const OWN: ReadonlySet<string> = new Set([...FIRST, 'cp', 'loop', 'plain']);

/** Whether that is another library. */
export function isPeer(subject: string): boolean {
  return !OWN.has(subject);
}

/** The same order everywhere: the floor, sluice, then the peers by name. */
export function compareSubjects(a: string, b: string): number {
  return rank(a) - rank(b) || a.localeCompare(b, 'en');
}

function rank(subject: string): number {
  const place = FIRST.indexOf(subject);
  return place < 0 ? FIRST.length : place;
}
