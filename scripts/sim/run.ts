/**
 * Runs programs by chance in worlds by chance, and judges what was seen.
 *
 *     npm run sim -- --seeds 2000                 runs seeds 0 to 1999
 *     npm run sim -- --seeds 2000 --seed 5000     runs seeds 5000 to 6999
 *     npm run sim -- --seeds 2000 --first         stops at the first that fails
 *     npm run sim -- --seed 77 --trace            runs one seed and tells all of it
 *     npm run sim -- --seed 77 --html FILE        draws its diagram as well
 *     npm run sim -- --seeds 2000 --ledger        adds the run to the ledger of docs/reliability.json
 *     npm run sim -- --seed 77 --shrink           makes the program of a failing seed short
 *
 * Ends with 1 if a promise was broken.
 */

import { spawnSync } from 'node:child_process';
import { addRun, checkCommitted } from './ledger/add-run.ts';
import { readSimOptions, type SimOptions } from './options.ts';
import { search } from './search/search.ts';
import { SMALL_STACK } from './search/small-stack.ts';
import { shrinkSeed } from './shrink/shrink-seed.ts';
import { tellSeed } from './tell-seed.ts';

const options = readSimOptions(process.argv.slice(2));
process.exitCode = (await isAllWell(options)) ? 0 : 1;

async function isAllWell(wanted: SimOptions): Promise<boolean> {
  if (wanted.isShrinkWanted || wanted.seeds === undefined) return isSeedWell(wanted);
  if (wanted.isForLedger) checkCommitted();
  const result = await search(wanted, wanted.seeds);
  if (wanted.isForLedger) addRun(result, { seed: wanted.seed, count: wanted.seeds });
  const { findings } = result;
  return findings.failures === 0;
}

/** Runs one seed as a search does, so that it goes in the same way. */
async function isSeedWell(wanted: SimOptions): Promise<boolean> {
  if (SMALL_STACK.every((option) => process.execArgv.includes(option))) {
    return wanted.isShrinkWanted ? shrinkSeed(wanted.seed) : tellSeed(wanted);
  }
  const words = [...SMALL_STACK, ...process.execArgv, ...process.argv.slice(1)];
  return spawnSync(process.execPath, words, { stdio: 'inherit' }).status === 0;
}
