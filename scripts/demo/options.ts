import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What the command line says. */
export interface Options {
  readonly folder: string;
  readonly keep: string | undefined;
  readonly isJson: boolean;
  readonly isHelp: boolean;
}

/** The project's own dependencies; this file is compiled to dist/scripts/demo. */
const DEFAULT_FOLDER = fileURLToPath(new URL('../../../node_modules', import.meta.url));

export const HELP: string = `Usage: npm start -- [FOLDER] [options]

Loads the files of FOLDER into a LevelDB, replicates it over TCP to a second process with a LevelDB
of its own, and compares what both have on disk in the end. The exit code is 0 only if it is the same.

  FOLDER        what to replicate (default: this project's node_modules)
  --keep DIR    leave both stores in DIR, a new or empty folder (default: a temporary one, removed)
  --json        print a JSON summary and nothing else: items, bytes, seconds, verified
  --help        print this

Items are entries: one for each file and symbolic link, and one for each 128 KiB of its content. Bytes
are those of keys and values. Seconds and MB/s are those of the replication: from opening the stream
until the replica has stored everything. Pipes, sockets, devices and empty folders are left out.
`;

/** Reads the command line. @throws TypeError for what is not in the help. */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      keep: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (positionals.length > 1) throw new TypeError('give one FOLDER at most');
  const [folder = DEFAULT_FOLDER] = positionals;
  const keep = values.keep === undefined ? undefined : resolve(values.keep);
  return { folder: resolve(folder), keep, isJson: values.json, isHelp: values.help };
}
