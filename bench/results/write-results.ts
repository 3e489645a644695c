import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Figure } from '../support/figure.ts';
import { barChart } from './bar-chart.ts';
import { CHARTS } from './charts.ts';
import type { Environment } from './environment.ts';
import { resultsPage } from './page.ts';
import { renderSvg } from './render-svg.ts';
import { TARGETS } from './targets.ts';
import { judge } from './verdicts.ts';

/** Within the folder of the benchmarks. */
const PLOTS_FOLDER = 'results/plots';

/**
 * Writes the page `RESULTS.md`, its plots `results/plots/*.svg`, and `results/run.json`, from which
 * the same page can be written again. The current folder has to be the project's.
 *
 * @param folder - the benchmarks' folder, or another to try.
 * @throws Error saying what to install if the plot library is not there; nothing is written then.
 */
export async function writeResults(
  figures: readonly Figure[],
  environment: Environment,
  folder: string,
): Promise<void> {
  const plots = await drawPlots(figures);
  await mkdir(join(folder, PLOTS_FOLDER), { recursive: true });
  const addresses = new Map<string, string>();
  for (const [file, svg] of plots) {
    const address = `${PLOTS_FOLDER}/${file}.svg`;
    addresses.set(file, address);
    await writeFile(join(folder, address), svg);
  }
  const verdicts = judge(TARGETS, figures);
  const page = resultsPage({ figures, environment, verdicts, plots: addresses });
  await writeFile(join(folder, 'RESULTS.md'), page);
  const run = JSON.stringify({ environment, figures }, undefined, 2);
  await writeFile(join(folder, 'results/run.json'), `${run}\n`);
}

async function drawPlots(figures: readonly Figure[]): Promise<Map<string, string>> {
  const plots = new Map<string, string>();
  for (const chart of CHARTS) {
    const spec = barChart(chart, figures);
    if (spec !== undefined) plots.set(chart.file, await renderSvg(spec));
  }
  return plots;
}
