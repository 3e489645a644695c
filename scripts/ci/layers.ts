/**
 * Which folder of lib may use what. A folder imports from itself and from the layers below it. This
 * is the one place that says so; `ARCHITECTURE.md` explains it.
 */

/** A folder of lib: the files in it, without those of its subfolders. */
export interface Part {
  /** Ends in a slash. */
  readonly folder: string;
  /** The `node:` modules that it may use at run time. */
  readonly nodeModules?: readonly string[];
  /** The packages that it may use. */
  readonly packages?: readonly string[];
}

/** The layers, lowest first. Folders of one layer don't know each other. */
export type Layers = readonly (readonly Part[])[];

/** Node's own network, which only the transport may touch, not even for a type. */
export const NETWORK_MODULES: readonly string[] = ['node:net', 'node:tls', 'node:dgram'];

/** These folders, with all below them, may read the clock and roll the dice. All others are handed a Clock and a Random. */
export const IMPURE_FOLDERS: readonly string[] = [
  'lib/base/',
  'lib/simulation/machine/',
  'lib/transport/',
];

/** These may hold objects weakly: they do nothing with one that is gone, and so nobody can tell. */
export const WEAK_FOLDERS: readonly string[] = ['lib/stream/user/'];

/** These folders may also name the machine's own clock and dice, to hand them to all others. */
export const SYSTEM_FOLDERS: readonly string[] = [...IMPURE_FOLDERS, 'lib/api/', 'lib/simulation/'];

/** The files in it are what users import; they list names and hold no code. */
export const ENTRY_FOLDER = 'lib/';

/** Imports that break the rules of layers and are to go. An entry that is no longer needed fails the check. */
export const KNOWN_EXCEPTIONS: readonly string[] = [];

/** The layers of lib. Some folders do not exist yet. */
export const LAYERS: Layers = [
  [{ folder: 'lib/errors/' }],
  [
    {
      folder: 'lib/base/',
      nodeModules: [
        'node:async_hooks',
        'node:crypto',
        'node:events',
        'node:perf_hooks',
        'node:timers',
        'node:util',
      ],
    },
  ],
  [
    { folder: 'lib/types/' },
    { folder: 'lib/diagnostics/', nodeModules: ['node:diagnostics_channel'] },
  ],
  [
    { folder: 'lib/wire/' },
    {
      folder: 'lib/compression/',
      nodeModules: ['node:module', 'node:zlib'],
      packages: ['lz4-napi'],
    },
  ],
  [{ folder: 'lib/transport/', nodeModules: [...NETWORK_MODULES, 'node:path'] }],
  [
    {
      folder: 'lib/transport/network/',
      nodeModules: [...NETWORK_MODULES, 'node:dns', 'node:fs', 'node:os', 'node:stream'],
    },
    { folder: 'lib/transport/memory/' },
  ],
  [{ folder: 'lib/serializer/', nodeModules: ['node:buffer', 'node:util/types'] }],
  [{ folder: 'lib/serializer/bson/', nodeModules: ['node:util/types'], packages: ['bson'] }],
  [
    { folder: 'lib/serializer/packed/' },
    { folder: 'lib/serializer/shape/', nodeModules: ['node:util/types'] },
  ],
  [
    {
      folder: 'lib/serializer/types/',
      nodeModules: ['node:util/types'],
      packages: ['bson'],
    },
  ],
  [{ folder: 'lib/verb/' }],
  [{ folder: 'lib/settings/' }, { folder: 'lib/document/', packages: ['bson'] }],
  [{ folder: 'lib/connection/link/' }],
  [{ folder: 'lib/connection/handshake/', nodeModules: ['node:crypto'], packages: ['bson'] }],
  [
    { folder: 'lib/stream/half/', nodeModules: ['node:util/types'] },
    { folder: 'lib/stream/resume/', nodeModules: ['node:zlib'] },
  ],
  [{ folder: 'lib/stream/child/' }],
  [
    { folder: 'lib/stream/lane/' },
    { folder: 'lib/stream/user/', nodeModules: ['node:stream', 'node:stream/web'] },
  ],
  [{ folder: 'lib/stream/value/', nodeModules: ['node:stream'] }],
  [{ folder: 'lib/stream/verb/' }],
  [{ folder: 'lib/stream/handles/' }],
  [
    { folder: 'lib/call/limits/' },
    { folder: 'lib/call/common/' },
    {
      folder: 'lib/blob/',
      nodeModules: [
        'node:crypto',
        'node:fs',
        'node:fs/promises',
        'node:path',
        'node:stream',
        'node:util/types',
        'node:zlib',
      ],
    },
  ],
  [{ folder: 'lib/call/resume/' }],
  [
    { folder: 'lib/call/client/', nodeModules: ['node:events'] },
    { folder: 'lib/call/server/', nodeModules: ['node:async_hooks', 'node:events'] },
  ],
  [{ folder: 'lib/call/door/' }],
  [{ folder: 'lib/session/', nodeModules: ['node:events'] }],
  [{ folder: 'lib/service/context/', nodeModules: ['node:async_hooks', 'node:util/types'] }],
  [{ folder: 'lib/service/frame/', nodeModules: ['node:crypto'] }],
  [
    {
      folder: 'lib/service/middleware/',
      nodeModules: ['node:stream'],
      packages: ['@standard-schema/spec'],
    },
  ],
  [{ folder: 'lib/service/client/' }, { folder: 'lib/service/server/' }],
  [{ folder: 'lib/api/', nodeModules: ['node:events'] }],
  [
    { folder: 'lib/cluster/', nodeModules: ['node:cluster', 'node:dns'] },
    { folder: 'lib/observe/' },
    { folder: 'lib/cli/', nodeModules: ['node:util'] },
  ],
  [
    {
      folder: 'lib/simulation/machine/',
      nodeModules: [
        'node:async_hooks',
        'node:crypto',
        'node:module',
        'node:timers',
        'node:timers/promises',
      ],
    },
  ],
  [{ folder: 'lib/simulation/world/', nodeModules: ['node:v8', 'node:zlib'] }],
  [{ folder: 'lib/simulation/' }],
  [{ folder: ENTRY_FOLDER }],
];

/** A part and how high it stands. */
export interface PlacedPart {
  readonly part: Part;
  readonly layer: number;
}

/** The part that a file belongs to; undefined if its folder is not among the layers. */
export function partOf(path: string, layers: Layers = LAYERS): PlacedPart | undefined {
  const folder = folderOf(path);
  for (const [layer, parts] of layers.entries()) {
    const part = parts.find((candidate) => candidate.folder === folder);
    if (part !== undefined) return { part, layer };
  }
  return undefined;
}

/** The folder of a file, with a slash at its end. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** True for a file that users import. */
export function isEntry(path: string): boolean {
  return folderOf(path) === ENTRY_FOLDER;
}

/** Whether a file is in one of the folders, or below it. */
export function isWithin(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(folder));
}
