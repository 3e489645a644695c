/** Those that every comparison is about come first. */
const FIRST = ['floor', 'sluice'];

/** The same order everywhere: the floor, sluice, then the peers by name. */
export function compareSubjects(a: string, b: string): number {
  return rank(a) - rank(b) || a.localeCompare(b, 'en');
}

function rank(subject: string): number {
  const place = FIRST.indexOf(subject);
  return place < 0 ? FIRST.length : place;
}
