import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { blocksOf } from './markdown-blocks.ts';

/** What examples are compiled with: as strict as a careful user's project. */
const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
  },
  include: ['*.ts'],
};

/** All `ts` blocks below one heading make a program; the `text` blocks there are what it prints. */
export interface Example {
  readonly section: string;
  readonly file: string;
  readonly code: string;
  readonly output: string;
}

/** The programs of a page, by its sections. */
export function examplesOf(page: string): Example[] {
  const blocks = blocksOf(page);
  const sections = new Set(
    blocks.filter(({ language }) => language === 'ts').map(({ section }) => section),
  );
  return Array.from(sections, (section) => {
    const textsIn = (language: string): string =>
      blocks
        .filter((block) => block.section === section && block.language === language)
        .map(({ text }) => text)
        .join('\n');
    return {
      section,
      file: section.toLowerCase().replaceAll(/[^a-z]+/g, '-'),
      code: textsIn('ts')
        .replaceAll("from 'sluice'", "from '../lib/index.js'")
        .replaceAll("from 'sluice/testing'", "from '../lib/simulation/test-pair.js'"),
      output: textsIn('text'),
    };
  });
}

/**
 * Compiles the programs in a folder of their own, which is made anew.
 *
 * @param folder - beside the compiled library, so that examples find the one under test.
 */
export async function compileExamples(folder: string, examples: readonly Example[]): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  for (const { file, code } of examples) writeFileSync(join(folder, `${file}.ts`), code);
  await runOrThrow(resolve('node_modules/.bin/tsc'), ['-p', folder], '.');
}

/** Runs a compiled program in its folder and returns what it prints; it must end by itself. */
export function runExample(folder: string, { file }: Example): Promise<string> {
  return runOrThrow(process.execPath, [join(folder, `${file}.js`)], folder);
}

const run = promisify(execFile);

/** What a program prints; what it complains about is in the error. */
async function runOrThrow(program: string, options: string[], cwd: string): Promise<string> {
  try {
    return (await run(program, options, { cwd })).stdout;
  } catch (error) {
    const { message, stdout = '' } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout}`, { cause: error });
  }
}
