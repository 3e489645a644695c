/** A position of the log, from 0 on, and its content. */
export interface Entry {
  readonly position: number;
  readonly key: string;
  readonly value: string;
}

/** How far a log has got, and the digest of all its lines up to there. */
export interface Digest {
  readonly entries: number;
  readonly sha256: string;
}

/** A log has this line for an entry, at the leader and in the files of the followers. */
export function lineOf(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}
