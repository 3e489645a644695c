import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { EXTENSION_VERSION as NEWEST_VERSION } from '../../lib/connection/handshake/capabilities.ts';
import { loadLibrary } from './library.ts';
import { call, serve, stepsOf, type Versions } from './peer.ts';
import { NEWEST_URL, type Release, RELEASES, UnpackedRelease } from './release.ts';

const PROGRAM = fileURLToPath(new URL('peer.js', import.meta.url));

/** A peer in a process of its own, that prints a line and ends by itself. */
class PeerProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown[]>;
  readonly #line: Promise<string>;

  constructor(role: 'call' | 'serve', release: UnpackedRelease, args: readonly number[]) {
    const parameters = [PROGRAM, role, release.url.href, ...args.map(String)];
    const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    this.#closed = once(child, 'close');
    const lines = createInterface({ input: child.stdout });
    this.#line = Promise.race([once(lines, 'line'), once(lines, 'close')]).then(([line]) =>
      String(line),
    );
  }

  async read(): Promise<unknown> {
    return JSON.parse(await this.#line) as unknown;
  }

  /** Its exit code, when it has ended. */
  async ended(): Promise<unknown> {
    const [code] = await this.#closed;
    return code;
  }

  /** Ends what has not ended by itself. */
  async abort(): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

interface Played {
  readonly outcomes: readonly unknown[];
  readonly exitCode: unknown;
}

/** The release serves, the newest code calls. */
async function playServer(release: UnpackedRelease, versions: Versions): Promise<Played> {
  const peer = new PeerProcess('serve', release, [versions.server]);
  try {
    const port = Number(await peer.read());
    const outcomes = await call(await loadLibrary(NEWEST_URL), port, versions);
    return { outcomes: asJson(outcomes), exitCode: await peer.ended() };
  } finally {
    await peer.abort();
  }
}

/** The newest code serves, the release calls. */
async function playClient(release: UnpackedRelease, versions: Versions): Promise<Played> {
  const server = await serve(await loadLibrary(NEWEST_URL), versions.server);
  const { port } = server.address;
  const peer = new PeerProcess('call', release, [versions.client, versions.server, port]);
  try {
    const outcomes = (await peer.read()) as readonly unknown[];
    return { outcomes, exitCode: await peer.ended() };
  } finally {
    await peer.abort();
    await server.abort();
  }
}

/** As the outcomes of a process arrive. */
function asJson(outcomes: readonly unknown[]): readonly unknown[] {
  return JSON.parse(JSON.stringify(outcomes)) as readonly unknown[];
}

function describePlay(
  title: string,
  release: Release,
  versions: Versions,
  play: typeof playClient,
): void {
  describe(title, () => {
    let played: Played;

    before(async () => {
      const unpacked = new UnpackedRelease(release);
      try {
        played = await play(unpacked, versions);
      } finally {
        unpacked.remove();
      }
    });

    for (const [at, step] of stepsOf(versions).entries()) {
      it(`F35${step.rows ?? ''} ${step.title}`, () => {
        expect(played.outcomes[at]).to.deep.equal(step.expected);
      });
    }

    it('F35 and the process of the release ends by itself', () => {
      expect(played.exitCode).to.equal(0);
    });
  });
}

for (const release of RELEASES) {
  const { title, version } = release;
  describePlay(
    `a client of ${title}, whose server is the newest`,
    release,
    { client: version, server: NEWEST_VERSION },
    playClient,
  );
  describePlay(
    `a client of the newest, whose server is ${title}`,
    release,
    { client: NEWEST_VERSION, server: version },
    playServer,
  );
}
