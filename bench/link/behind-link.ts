import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Serving, Subject } from '../support/workload.ts';
import type { LinkTerms } from './delay-line.ts';

const PROGRAM = fileURLToPath(import.meta.resolve('./link-process.js'));

/** The same, with a link between its two sides. @param terms - undefined for none. */
export function behindLink(subject: Subject, terms: LinkTerms | undefined): Subject {
  if (terms === undefined) return subject;
  return {
    serve: async () => startLink(await subject.serve(), terms),
    connect: (port, heldStreams) => subject.connect(port, heldStreams),
  };
}

/** The process ends with this one. */
async function startLink({ port }: Serving, terms: LinkTerms): Promise<Serving> {
  const args = [port, terms.bytesPerSecond, terms.delayMs].map(String);
  const link = fork(PROGRAM, args, { execArgv: [] });
  link.once('exit', (code) => {
    throw new Error(`the link has ended (exit code ${code})`);
  });
  const [linkPort] = (await once(link, 'message')) as [number];
  return { port: linkPort };
}
