/** Which rows of `FEATURES.md` a conversation proves, by its name; all that match count. */
const ROWS: readonly (readonly [name: RegExp, ...rows: string[]])[] = [
  [/^negotiate-no-features$|^probe-(wrong-magic|bad-feature-length|byte-by-byte)$/, 'S-W1'],
  [/^probe-(unknown-feature|duplicate-feature|feature-with-data)$|^negotiate-default$/, 'S-W2'],
  [/^negotiate-.*(lz4|multi|compression)/, 'S-W3'],
  [/timeout/, 'S-W4'],
  [/^negotiate-(no-features-streaming|default)/, 'S-W5'],
  [/^stream-echo(-plain)?$|^probe-stream-(unknown-parent|without|of-stream|parent)/, 'S-W6'],
  [/isolation/, 'S-W7'],
  [/handler-duration|^call-sleep$/, 'S-W8'],
  [/^call-(echo|add|sequence)|^probe-(message-ids|request-with|partial-frame)/, 'S-W9'],
  [/^call-(pipelined|no-wait|sequence)|^probe-eof/, 'S-W10'],
  [/^stream-|^probe-(slow|stream-(early|fin|data))|^two-streams$/, 'S-W11'],
  [/^(probe-)?lz4/, 'S-W12'],
  [/^call-(fail|unknown|sequence)|^lz4.*-calls$/, 'S-W13'],
  [/^probe-two-shards$|^probe-stream-parent-bad-shard$/, 'S-W14'],
  [/^two-streams$|^stream-(echo|pair)|^probe-stream-(unregistered|early)/, 'S-W15'],
  [/^stream-pair$|^call-add$/, 'S-W16'],
  [/^probe-extra-payload$/, 'S-W17'],
  [/^stream-(consume|unused)$|^stream-(server|client)-closes-first$/, 'S-S8'],
  [/^probe-(undecodable|stream-unregistered)/, 'F26'],
  [/^stream-(abort|client-stop)$|^probe-(server-stop|stream-parent-closed)$/, 'S-S10'],
];

/** The ids of the rows, to open a title with. */
export function rowsOf(name: string): string[] {
  return ROWS.filter(([pattern]) => pattern.test(name)).flatMap(([, ...rows]) => rows);
}
