/** How far a frame had come when its connection ended. Source: the log lines of Seastar `rpc.cc`. */
export function describeCut(isHeader: boolean, expectedBytes: number, gotBytes: number): string {
  return `while reading ${isHeader ? 'header' : 'data'}: expected ${expectedBytes} got ${gotBytes}`;
}
