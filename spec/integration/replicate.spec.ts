import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';

const SCRIPT = fileURLToPath(new URL('../../scripts/demo/replicate.js', import.meta.url));
const FAULTY_REPLICA = new URL('fixtures/faulty-replica.js', import.meta.url).href;

type Fault = 'corrupt' | 'full' | 'stall';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the main job', () => {
  /** Where the program makes its temporary folders. */
  let temporary: string;
  let folder: string;
  let sandbox: string;

  beforeEach(async () => {
    sandbox = await mkdtemp(join(tmpdir(), 'replicate-spec-'));
    [temporary, folder] = [join(sandbox, 'temporary'), join(sandbox, 'folder')];
    await Promise.all([mkdir(temporary), mkdir(folder)]);
    await writeFile(join(folder, 'plain.txt'), 'plain');
  });

  afterEach(() => rm(sandbox, { recursive: true }));

  function start(args: string[], fault?: Fault): ChildProcess {
    const faulty = { NODE_OPTIONS: `--import ${FAULTY_REPLICA}`, REPLICA_FAULT: fault };
    const env = { ...process.env, TMPDIR: temporary, ...(fault === undefined ? {} : faulty) };
    return spawn(process.execPath, [SCRIPT, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async function run(args: string[], fault?: Fault): Promise<Ended> {
    return await ended(start(args, fault));
  }

  /** Starts a replication that can't end, and waits until it is under way. */
  async function runStalled(): Promise<{
    program: ChildProcess;
    replicaPid: number;
    end: Promise<Ended>;
  }> {
    const program = start([folder], 'stall');
    const end = ended(program);
    return { program, replicaPid: await replicaOf(program), end };
  }

  it('MAIN-JOB stores the same in both processes: every file of the folder as it is on disk', async () => {
    await fillOddly(folder);
    const kept = join(sandbox, 'kept', 'here');
    const { code, stdout, stderr } = await run([folder, '--keep', kept]);

    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    const onDisk = await filesBelow(folder);
    expect(onDisk.size).to.equal(9);
    const primary = await filesInStore(join(kept, 'primary'));
    expect(primary.files).to.deep.equal(onDisk);
    expect(await filesInStore(join(kept, 'replica'))).to.deep.equal(primary);
    expect(lastLine(stdout)).to.match(
      new RegExp(
        `^verified: ${primary.items} items, ${primary.bytes} bytes, [\\d.]+ s, [\\d.]+ MB/s, \\d+ cuts, \\d+ resent, 0 lost, 0 twice$`,
      ),
    );
    expect(await readdir(temporary)).to.deep.equal([]);
  });

  it('MAIN-JOB prints one JSON summary and nothing else with --json, and leaves nothing behind', async () => {
    const { code, stdout } = await run(['--json', folder]);

    expect(code).to.equal(0);
    const { seconds, ...summary } = JSON.parse(stdout) as Record<string, unknown>;
    expect(seconds).to.be.a('number').above(0);
    const bytes = 'plain.txt\0f'.length + 'plain.txt\0iiiiplain'.length;
    // So little is stored before the first cut would be due.
    const arrival = { cuts: 0, resent: 0, lost: 0, twice: 0 };
    expect(summary).to.deep.equal({ items: 2, bytes, verified: true, ...arrival });
    expect(await readdir(temporary)).to.deep.equal([]);
  });

  it('MAIN-JOB loses nothing and stores nothing twice while its connections are cut', async () => {
    for (let i = 0; i < 6; i++) {
      await writeFile(join(folder, `large ${i}`), Buffer.alloc(4 * 1024 * 1024, `content ${i}`));
    }
    const { code, stdout, stderr } = await run(['--json', '--cuts', '4', '--seed', '3', folder]);

    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    const summary = JSON.parse(stdout) as Record<string, number>;
    expect(summary).to.include({ items: 6 * 33 + 2, verified: true, lost: 0, twice: 0 });
    expect(summary['cuts']).to.be.at.least(4);
    expect(summary['resent']).to.be.a('number');
  });

  it('MAIN-JOB shows the cuts while it replicates', async () => {
    const { stdout } = await run(['--cuts', '0', folder]);
    expect(stdout).to.match(/^ .*, connections cut: 0, items sent again: 0, waiting: /m);
  });

  it('MAIN-JOB refuses a number of cuts that is none', async () => {
    const { code, stderr } = await run(['--cuts', 'many', folder]);
    expect(code).to.equal(1);
    expect(stderr).to.equal('--cuts takes a whole number from 0 on, not many\n');
  });

  it('MAIN-JOB exits with 1 when the stores differ in one bit', async () => {
    const { code, stdout } = await run([folder], 'corrupt');

    expect(code).to.equal(1);
    expect(lastLine(stdout)).to.match(/^NOT VERIFIED, the stores differ: /);
  });

  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`MAIN-JOB cleans up at ${signal}: no folder and no process is left`, async () => {
      const { program, replicaPid, end } = await runStalled();
      program.kill(signal);

      expect((await end).code).to.equal(exitCode);
      expect(await readdir(temporary)).to.deep.equal([]);
      expect(isAlive(replicaPid)).to.equal(false);
    });
  }

  it('MAIN-JOB ends with a message when the replica is killed midway', async () => {
    const { replicaPid, end } = await runStalled();
    process.kill(replicaPid, 'SIGKILL');

    const { code, stderr } = await end;
    expect(stderr).to.equal('the replica died (SIGKILL)\n');
    expect(code).to.equal(1);
    expect(await readdir(temporary)).to.deep.equal([]);
  });

  it("MAIN-JOB ends with the replica's own words when its disk is full", async () => {
    const kept = join(sandbox, 'kept');
    const { code, stderr } = await run([folder, '--keep', kept], 'full');

    expect(stderr).to.equal('the replica failed: IO error: No space left on device\n');
    expect(code).to.equal(1);
    expect(await readdir(sandbox)).to.have.members(['folder', 'temporary']);
  });

  it('MAIN-JOB refuses what is no folder, and a folder that holds its own stores', async () => {
    const file = join(folder, 'plain.txt');
    const refusals = await Promise.all(
      [join(sandbox, 'missing'), file, sandbox].map((path) => run([path])),
    );

    for (const refusal of refusals) expect(refusal).to.include({ code: 1, stdout: '' });
    const [missing, noFolder, inside] = refusals.map(({ stderr }) => stderr);
    expect(missing).to.match(/can't be replicated: ENOENT/);
    expect(noFolder).to.equal(`${file} is not a folder\n`);
    expect(inside).to.match(/^the stores would be inside /);
    expect(await readdir(temporary)).to.deep.equal([]);
  });

  it('MAIN-JOB refuses to keep stores where something is, and leaves it alone', async () => {
    const { code, stderr } = await run([folder, '--keep', folder]);

    expect(code).to.equal(1);
    expect(stderr).to.equal(`${folder} is not empty\n`);
    expect(await readdir(folder)).to.deep.equal(['plain.txt']);
  });
});

/** Eight more paths, each odd in a way of its own; none of them has the same bytes at two places. */
async function fillOddly(folder: string): Promise<void> {
  const nested = join(folder, 'nested', 'deeper');
  await mkdir(nested, { recursive: true });
  await mkdir(join(folder, 'empty folder'));
  await writeFile(join(folder, 'empty'), '');
  await writeFile(join(folder, 'one chunk'), Buffer.alloc(128 * 1024, 'chunk'));
  await writeFile(join(nested, 'three chunks'), Buffer.alloc(300 * 1024 + 1, 'abcdefg'));
  await writeFile(join(folder, 'run.sh'), '#!/bin/sh', { mode: 0o755 });
  await writeFile(join(folder, 'grüße 🌊'), 'wave');
  await writeFile(Buffer.from(`${folder}/latin-\xfc`, 'latin1'), 'no UTF-8');
  await symlink('nested', join(folder, 'link to a folder'));
  await symlink('nowhere', join(nested, 'dangling'));
}

/** What each path below a folder is, and holds. Paths are spelled in Latin-1, which has a letter for every byte. */
type Files = Map<string, { letter: string; content: Buffer }>;

async function filesBelow(folder: string, below = ''): Promise<Files> {
  const files: Files = new Map();
  const root = Buffer.from(folder).toString('latin1');
  const options = { withFileTypes: true, encoding: 'latin1' } as const;
  for (const entry of await readdir(Buffer.from(`${root}/${below}`, 'latin1'), options)) {
    const path = `${below}${entry.name}`;
    const location = Buffer.from(`${root}/${path}`, 'latin1');
    if (entry.isDirectory()) {
      for (const [inner, file] of await filesBelow(folder, `${path}/`)) files.set(inner, file);
    } else if (entry.isSymbolicLink()) {
      files.set(path, { letter: 'l', content: await readlink(location, 'buffer') });
    } else {
      const { mode } = await lstat(location);
      const letter = (mode & 0o111) === 0 ? 'f' : 'x';
      files.set(path, { letter, content: await readFile(location) });
    }
  }
  return files;
}

/** Puts the chunks of a store together again, by the layout that the program documents. */
async function filesInStore(path: string): Promise<{ files: Files; items: number; bytes: number }> {
  await using store = new ClassicLevel<Buffer, Buffer>(path, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    createIfMissing: false,
  });
  const files: Files = new Map();
  let [items, bytes] = [0, 0];
  for await (const [key, value] of store.iterator()) {
    const end = key.indexOf(0);
    const name = key.toString('latin1', 0, end);
    const file = files.get(name) ?? { letter: '', content: Buffer.alloc(0) };
    if (key.length === end + 1) file.letter += value.toString();
    else file.content = Buffer.concat([file.content, value]);
    files.set(name, file);
    expect(value.length).to.be.at.most(128 * 1024);
    items++;
    bytes += key.length + value.length;
  }
  return { files, items, bytes };
}

async function ended(program: ChildProcess): Promise<Ended> {
  const { stdout, stderr } = program;
  if (stdout === null || stderr === null) throw new Error('the output is not piped');
  const [out, err, [code]] = await Promise.all([
    text(stdout),
    text(stderr),
    once(program, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout: out, stderr: err };
}

/** The process that is replicated to, as soon as the program names it. */
async function replicaOf(program: ChildProcess): Promise<number> {
  let output = '';
  for (;;) {
    const pid = /replicating to process (\d+)\n/.exec(output)?.[1];
    if (pid !== undefined) return Number(pid);
    const [chunk] = (await once(program.stdout ?? program, 'data')) as [Buffer];
    output += chunk.toString();
  }
}

function lastLine(output: string): string | undefined {
  return output.trimEnd().split('\n').at(-1);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
