/**
 * Removes from dist what no source stands behind any more, so that a spec which was deleted does
 * not run on, and a file which was moved is not published twice.
 */

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const OUTPUT = 'dist';
const COMPILED = /\.(?:js|js\.map|d\.ts)$/;

for (const name of readdirSync(OUTPUT, { recursive: true, encoding: 'utf8' })) {
  if (!COMPILED.test(name)) continue;
  if (!existsSync(name.replace(COMPILED, '.ts'))) rmSync(join(OUTPUT, name));
}
