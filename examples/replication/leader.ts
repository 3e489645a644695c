import { listen } from 'sluice';

import { Log } from './log.ts';

const log = new Log();
const server = await listen({ host: '127.0.0.1', port: 0 });
server.expose('log', log);

process.once('SIGTERM', () => {
  log._close();
  void server.close({ graceMs: 20_000 });
});
console.log(server.address.port);
