import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What the command line says. */
export interface Options {
  readonly folder: string;
  readonly keep: string | undefined;
  /** How often a connection is cut. */
  readonly cuts: number;
  /** Where it is cut follows from this number. */
  readonly seed: number;
  readonly isJson: boolean;
  readonly isHelp: boolean;
}

/** The project's own dependencies; this file is compiled to dist/scripts/demo. */
const DEFAULT_FOLDER = fileURLToPath(new URL('../../../node_modules', import.meta.url));

export const HELP: string = `Usage: npm start -- [FOLDER] [options]

Loads the files of FOLDER into a LevelDB, replicates it over TCP to a second process with a LevelDB
of its own, and compares what both have on disk in the end. The exit code is 0 only if it is the same.
On the way a proxy cuts connections, at random points; each time the stream goes on at the next item.

  FOLDER        what to replicate (default: this project's node_modules)
  --keep DIR    leave both stores in DIR, a new or empty folder (default: a temporary one, removed)
  --cuts N      how often a connection is cut, at most (default: 5); a small folder may be done before
  --seed S      a number that decides where (default: 1)
  --json        print a JSON summary and nothing else: items, bytes, seconds, verified, cuts, resent,
                lost, twice
  --help        print this

Items are entries: one for each file and symbolic link, and one for each 128 KiB of its content. Bytes
are those of keys and values. Seconds and MB/s are those of the replication: from opening the stream
until the replica has stored everything. Resent are items that a cut took on the way and that were sent
again. Lost are items that never came, twice those that came again: both must be 0. Pipes, sockets, devices and empty folders are left out.
`;

/** Reads the command line. @throws TypeError for what is not in the help. */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      keep: { type: 'string' },
      cuts: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (positionals.length > 1) throw new TypeError('give one FOLDER at most');
  const [folder = DEFAULT_FOLDER] = positionals;
  const keep = values.keep === undefined ? undefined : resolve(values.keep);
  return {
    folder: resolve(folder),
    keep,
    cuts: readCount('cuts', values.cuts),
    seed: readCount('seed', values.seed),
    isJson: values.json,
    isHelp: values.help,
  };
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (text !== '' && Number.isSafeInteger(count) && count >= 0) return count;
  throw new TypeError(`--${name} takes a whole number from 0 on, not ${text}`);
}
