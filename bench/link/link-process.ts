/**
 * A link in a process of its own: `link-process.js PORT BYTES_PER_SECOND DELAY_MS` listens in front of the
 * port, and tells its parent on which port. It ends with its parent.
 */

import { listenFar } from './link.ts';

const [targetPort = 0, bytesPerSecond = 0, delayMs = 0] = process.argv.slice(2).map(Number);

process.on('disconnect', () => process.exit());
const { port } = await listenFar(targetPort, { bytesPerSecond, delayMs });
process.send?.(port);
