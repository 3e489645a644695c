/**
 * Which part of lib may use what. A part imports from itself and from the layers below it. This is
 * the one place that says so; `ARCHITECTURE.md` explains it.
 */

/** A part of lib: a folder, or files at its top that belong together. */
export interface Part {
  /** Folders end in a slash. */
  readonly paths: readonly string[];
  /** The `node:` modules that it may use at run time. */
  readonly nodeModules?: readonly string[];
  /** The packages that it may use. */
  readonly packages?: readonly string[];
}

/** Node's own network, which only the transport may touch, not even for a type. */
export const NETWORK_MODULES: readonly string[] = ['node:net', 'node:tls', 'node:dgram'];

/** The parts that may read the clock and roll the dice: everything else is handed a Clock and a Random. */
export const IMPURE_PARTS: readonly string[] = ['lib/base/', 'lib/transport/'];

/** The layers, lowest first. Parts of one layer don't know each other. */
export const LAYERS: readonly (readonly Part[])[] = [
  [{ paths: ['lib/errors/'] }],
  [
    {
      paths: ['lib/base/'],
      nodeModules: ['node:crypto', 'node:events', 'node:perf_hooks', 'node:timers', 'node:util'],
    },
  ],
  [
    { paths: ['lib/types/'] },
    {
      paths: ['lib/diagnostics/'],
      nodeModules: ['node:diagnostics_channel'],
    },
  ],
  [
    { paths: ['lib/wire/'] },
    {
      paths: ['lib/serializer/'],
      nodeModules: ['node:buffer', 'node:util/types'],
      packages: ['bson'],
    },
    {
      paths: ['lib/compression/'],
      nodeModules: ['node:module', 'node:zlib'],
      packages: ['lz4-napi'],
    },
  ],
  [{ paths: ['lib/verb/'] }],
  [
    {
      paths: ['lib/transport/'],
      nodeModules: [...NETWORK_MODULES, 'node:dns', 'node:fs', 'node:os', 'node:stream'],
    },
  ],
  [{ paths: ['lib/settings/'] }, { paths: ['lib/document/'], packages: ['bson'] }],
  [{ paths: ['lib/connection/'], nodeModules: ['node:crypto'], packages: ['bson'] }],
  [{ paths: ['lib/stream/'], nodeModules: ['node:stream', 'node:stream/web'] }],
  [{ paths: ['lib/call/'], nodeModules: ['node:async_hooks', 'node:events'] }],
  [
    {
      paths: ['lib/service/'],
      nodeModules: ['node:async_hooks', 'node:crypto', 'node:stream', 'node:util/types'],
      packages: ['@standard-schema/spec'],
    },
    {
      paths: ['lib/blob/'],
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
  [
    {
      paths: ['lib/api/'],
      nodeModules: ['node:events'],
    },
  ],
  [{ paths: ['lib/cluster/'], nodeModules: ['node:cluster', 'node:dns'] }],
  [{ paths: ['lib/simulation/'] }],
  [{ paths: ['lib/index.ts'] }],
];

/** The part that a file belongs to, and how high it stands. */
export function partOf(path: string): { readonly part: Part; readonly layer: number } | undefined {
  for (const [layer, parts] of LAYERS.entries()) {
    const part = parts.find(({ paths }) =>
      paths.some((own) => (own.endsWith('/') ? path.startsWith(own) : path === own)),
    );
    if (part !== undefined) return { part, layer };
  }
  return undefined;
}
