/**
 * Runs programs by chance in worlds by chance, and judges what was seen.
 *
 *     npm run sim -- --seeds 2000                 runs seeds 0 to 1999
 *     npm run sim -- --seeds 2000 --seed 5000     runs seeds 5000 to 6999
 *     npm run sim -- --seed 77 --trace            runs one seed and tells all of it
 *
 * Ends with 1 if a promise was broken.
 */

import { readSimOptions, type SimOptions } from './options.ts';
import { search } from './search/search.ts';
import { tellSeed } from './tell-seed.ts';

const options = readSimOptions(process.argv.slice(2));
process.exitCode = (await isAllWell(options)) ? 0 : 1;

async function isAllWell(wanted: SimOptions): Promise<boolean> {
  if (wanted.seeds === undefined) return tellSeed(wanted);
  const { findings } = await search(wanted, wanted.seeds);
  return findings.failures === 0;
}
