/**
 * Keeps the arrows of lib pointing down: which file imports which, which folder may use which module
 * of Node, and that time and chance come in through interfaces only.
 */

import { fileCycles, folderCycles } from './ci/cycle-problems.ts';
import { importProblems, outsideProblems, shapeProblems } from './ci/import-problems.ts';
import { reportProblems } from './ci/problems.ts';
import { purityProblems } from './ci/purity-problems.ts';
import { listSources, readSources, SourceFile } from './ci/source-file.ts';

const sources = readSources('lib');
const outside = ['bench', 'scripts', 'spec'].flatMap(listSources);

reportProblems(
  'layers',
  [
    ...importProblems(sources),
    ...shapeProblems(sources),
    ...purityProblems(sources),
    ...fileCycles(sources),
    ...folderCycles(sources),
    ...outside.flatMap((path) => outsideProblems(new SourceFile(path))),
  ],
  `${sources.size} files of lib import downwards`,
);
