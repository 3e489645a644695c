const MAX_EDITS = 2;

/** The name that was probably meant; undefined if none is near. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const lower = given.toLowerCase();
  let nearest: string | undefined;
  let fewest = Math.min(MAX_EDITS, given.length - 1) + 1;
  for (const name of names) {
    // The lengths alone say that more edits are needed.
    if (Math.abs(name.length - given.length) >= fewest) continue;
    const edits = editsBetween(lower, name.toLowerCase());
    if (edits >= fewest) continue;
    fewest = edits;
    nearest = name;
  }
  return nearest;
}

/** How many letters to insert, drop or replace to make one text of the other. Source: Levenshtein. */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
