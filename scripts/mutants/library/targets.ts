import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { listSources } from '../../ci/source-file.ts';

/** A part of lib whose mutants are made by the library. */
export interface Area {
  readonly name: string;
  /** A path of lib, without its ending, that all files of the area begin with. */
  readonly prefixes: readonly string[];
  /** The least share of its mutants that the specs must notice, in percent. */
  readonly threshold: number;
}

export const AREAS: readonly [Area, ...Area[]] = [
  { name: 'wire', prefixes: ['lib/wire/'], threshold: 85 },
  { name: 'serializer', prefixes: ['lib/serializer/'], threshold: 85 },
  { name: 'base', prefixes: ['lib/base/'], threshold: 75 },
  { name: 'dispatcher', prefixes: ['lib/call/server/dispatcher'], threshold: 75 },
  { name: 'gate', prefixes: ['lib/call/limits/gate'], threshold: 75 },
];

/** A file to break, and the specs that must notice. */
export interface Target {
  readonly area: Area;
  readonly file: string;
  readonly specs: readonly string[];
}

/** All files of all areas. */
export function listTargets(): Target[] {
  const sources = listSources('lib');
  const specs = listSources('spec').filter((path) => path.endsWith('.spec.ts'));
  return AREAS.flatMap((area) =>
    sources
      .filter((file) => area.prefixes.some((prefix) => file.startsWith(prefix)))
      .map((file) => ({ area, file, specs: specsOf(file, specs) })),
  );
}

/** Folders whose files are proved together as well. */
const PROVED_TOGETHER: Readonly<Record<string, readonly string[]>> = {
  'spec/serializer/bson': ['bson/bson', 'streams-in'].map(serializerSpec),
  'spec/serializer/packed': ['packed/packed', 'types/optional', 'types/tuple'].map(serializerSpec),
  'spec/serializer/shape': ['shape/codecs', 'shape/shaped', 'types/record', 'streams-in'].map(
    serializerSpec,
  ),
  'spec/serializer/types': ['shape/codecs', 'types/record', 'streams-in'].map(serializerSpec),
};

/** Files that the specs of another file prove. */
const PROVED_BY: Readonly<Record<string, readonly string[]>> = {
  'spec/serializer/bson/element-scan': [serializerSpec('bson/tuple-scan')],
};

/**
 * A file's own specs: the one of its name, and those whose names go on from there. A file without
 * such a spec is proved by those of its folder, or else of the nearest folder above.
 */
export function specsOf(file: string, specs: readonly string[]): readonly string[] {
  const name = file.replace(/^lib/, 'spec').replace(/\.ts$/, '');
  const own = specs.filter((spec) => spec === `${name}.spec.ts` || spec.startsWith(`${name}-`));
  const together = [...(PROVED_BY[name] ?? []), ...(PROVED_TOGETHER[posix.dirname(name)] ?? [])];
  if (own.length + together.length > 0) return [...new Set([...own, ...together])];
  for (let folder = posix.dirname(name); existsSync(folder); folder = posix.dirname(folder)) {
    const near = specs.filter((spec) => posix.dirname(spec) === folder);
    if (near.length > 0) return near;
  }
  return [];
}

function serializerSpec(name: string): string {
  return `spec/serializer/${name}.spec.ts`;
}
