import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { DEFAULT_RESOURCES } from '../lib/call/admission.ts';
import { DEFAULT_LIMITS } from '../lib/connection/limits.ts';
import * as sluice from '../lib/index.ts';
import { TestAuthority } from './support/certificates.ts';
import { blocksOf, rowsOf } from './support/markdown-blocks.ts';

const PAGE = 'README.md';

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
interface Example {
  readonly section: string;
  readonly file: string;
  readonly code: string;
  readonly output: string;
}

const run = promisify(execFile);
const EXAMPLES = examplesOf(PAGE);

describe('README.md', () => {
  /** Beside the compiled library, so that examples find the one under test; they run in it too. */
  const folder = fileURLToPath(new URL('../readme/', import.meta.url));

  before(async function () {
    this.timeout(120_000);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    for (const { file, code } of EXAMPLES) writeFileSync(join(folder, `${file}.ts`), code);
    await runOrThrow(resolve('node_modules/.bin/tsc'), ['-p', folder], '.');
    await writeCertificates(folder);
  });

  it('has an example in every chapter that describes code', () => {
    expect(EXAMPLES.map(({ section }) => section)).to.include.members([
      'Quick start',
      'Verbs',
      'Calls',
      'Streams',
      'Serializers',
      'Compression',
      'TLS',
      'Draining on SIGTERM',
      'Talking to a Seastar process',
      'Logging and counts',
      'Other networks, and tests',
    ]);
  });

  for (const { section, file, output } of EXAMPLES) {
    it(`prints what it says under "${section}", and the program ends by itself`, async () => {
      const program = join(folder, `${file}.js`);
      expect(await runOrThrow(process.execPath, [program], folder)).to.equal(`${output}\n`);
    });
  }

  it('lists every limit with its default', () => {
    expect(tableOf('limits.')).to.deep.equal(textOf(DEFAULT_LIMITS));
    expect(tableOf('resources.')).to.deep.equal(textOf(DEFAULT_RESOURCES));
  });

  it('lists every error with its code', () => {
    const rows = rowsOf(PAGE).filter(([code]) => code?.startsWith('`ERR_'));
    const listed = rows.map(([code, name]) => `${code} ${name}`);
    expect(listed).to.deep.equal(errorClasses().map((name) => `\`${codeOf(name)}\` \`${name}\``));
  });
});

function examplesOf(page: string): Example[] {
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
      code: textsIn('ts').replaceAll("from 'sluice'", "from '../lib/index.js'"),
      output: textsIn('text'),
    };
  });
}

/** What a program prints; what it complains about is in the error. */
async function runOrThrow(program: string, options: string[], cwd: string): Promise<string> {
  try {
    return (await run(program, options, { cwd })).stdout;
  } catch (error) {
    const { message, stdout = '' } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout}`, { cause: error });
  }
}

async function writeCertificates(folder: string): Promise<void> {
  const authority = await TestAuthority.create();
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  for (const [name, commonName] of [
    ['server', 'localhost'],
    ['client', 'client-1'],
  ] as const) {
    const { cert, key } = await authority.issue({ commonName });
    writeFileSync(join(folder, `${name}.pem`), cert);
    writeFileSync(join(folder, `${name}.key`), key);
  }
}

/** Names and defaults of the table whose rows are headed by `group`. */
function tableOf(group: string): Record<string, string> {
  const rows = rowsOf(PAGE);
  const head = rows.findIndex(([first]) => first === `\`${group}\``);
  const table: Record<string, string> = {};
  for (const [name = '', value = ''] of rows.slice(head + 1)) {
    if (!/^`[a-z]\w+`$/i.test(name)) break;
    table[name.slice(1, -1)] = value.replace(' (off)', '');
  }
  return table;
}

function textOf(defaults: object): Record<string, string> {
  const entries = Object.entries(defaults).map(([name, value]: [string, unknown]) => [
    name,
    value === Infinity ? 'Infinity' : Number(value).toLocaleString('en-US'),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** The exported error classes, but for the abstract one above them. */
function errorClasses(): string[] {
  return Object.keys(sluice)
    .filter((name) => name.endsWith('Error') && name !== 'RpcError' && name !== 'isRpcError')
    .sort();
}

/** ERR_STREAM_CLOSED for StreamClosedError, and so on; that it is the class's own code is proved with the classes. */
function codeOf(name: string): string {
  const words = name.slice(0, -'Error'.length).split(/(?=[A-Z])/);
  return `ERR_${words.join('_').toUpperCase()}`;
}
