import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { followColorScheme } from './palette.ts';

/** The package that has the plot library, so that those who only use sluice need not install it. */
const PACKAGE_FOLDER = 'bench/peers';

/** What of Vega is used. */
interface Vega {
  parse(spec: object): object;
  readonly View: new (
    runtime: object,
    options: { readonly renderer: 'none' },
  ) => { toSVG(): Promise<string> };
}

/**
 * Draws a Vega specification. Run from the project's folder.
 *
 * @returns an SVG document that looks right on light and on dark pages.
 * @throws Error saying what to install if Vega is not there.
 */
export async function renderSvg(spec: object): Promise<string> {
  const vega = await loadVega();
  const svg = await new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
  return `${followColorScheme(svg)}\n`;
}

async function loadVega(): Promise<Vega> {
  const { resolve: find } = createRequire(resolve(PACKAGE_FOLDER, 'package.json'));
  let path;
  try {
    path = find('vega');
  } catch (error) {
    const hint = `run \`npm install --prefix ${PACKAGE_FOLDER}\` in the project's folder`;
    throw new Error(`plots need Vega, which is not installed: ${hint}`, { cause: error });
  }
  // It is found at run time only, so its types are not.
  return (await import(pathToFileURL(path).href)) as Vega;
}
