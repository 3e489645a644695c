import { readFileSync } from 'node:fs';

/** What can be imported from the package: `sluice`, or `sluice/…`. */
export interface EntryPoint {
  readonly specifier: string;
  /** The file of lib behind it. */
  readonly file: string;
}

/** The entry points that `package.json` names, the root first. */
export function entryPoints(): EntryPoint[] {
  const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    name: string;
    exports: Record<string, { readonly default?: string }>;
  };
  return Object.entries(exports).flatMap(([path, { default: built }]) => {
    if (built === undefined) return [];
    const file = built.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts');
    return [{ specifier: `${name}${path.slice(1)}`, file }];
  });
}
