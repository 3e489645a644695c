import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { blocksOf } from './markdown-blocks.ts';

/** As strict as a careful user's project. */
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
  include: ['*/*.ts'],
};

/** The compiled project; examples stand in it, so that they find the library under test. */
const DIST = fileURLToPath(new URL('../../', import.meta.url));
const EXAMPLES = join(DIST, 'examples');

/** All `ts` blocks below one heading make a program; the `text` blocks there are its output. */
export interface Example {
  readonly section: string;
  /** The folder that it is compiled and run in. */
  readonly folder: string;
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
      folder: join(EXAMPLES, fileNameOf(page)),
      file: fileNameOf(section),
      code: withLibraryUnderTest(textsIn('ts')),
      output: textsIn('text'),
    };
  });
}

/** Compiles programs, all in one go; examples that were there before are removed. */
export async function compileExamples(examples: readonly Example[]): Promise<void> {
  rmSync(EXAMPLES, { recursive: true, force: true });
  mkdirSync(EXAMPLES);
  writeFileSync(join(EXAMPLES, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  for (const { folder, file, code } of examples) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${file}.ts`), code);
  }
  await runOrThrow(resolve('node_modules/.bin/tsc'), ['-p', EXAMPLES], '.');
}

/** Runs a compiled program in its folder and returns its output; it must end by itself. */
export function runExample({ folder, file }: Example): Promise<string> {
  return runOrThrow(process.execPath, [join(folder, `${file}.js`)], folder);
}

function fileNameOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z]+/g, '-');
}

/** Has a program import the compiled library in place of an installed one. */
function withLibraryUnderTest(code: string): string {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, { readonly default: string } | undefined>;
  };
  return code.replaceAll(/(?<=from ')sluice(\/[\w-]+)?(?=')/g, (name, subpath: string = '') => {
    const entry = exports[`.${subpath}`];
    if (entry === undefined) throw new Error(`package.json exports no ${name}`);
    return entry.default.replace('./dist/', '../../');
  });
}

const run = promisify(execFile);

/** A program's output; its complaints are in the error. */
async function runOrThrow(program: string, options: string[], cwd: string): Promise<string> {
  try {
    return (await run(program, options, { cwd })).stdout;
  } catch (error) {
    const { message, stdout = '' } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout}`, { cause: error });
  }
}
