/** The workloads in which sluice is set beside other libraries. Those that no other can do are its own. */
const COMPARED: readonly RegExp[] = [
  /^stream\.(?:down|up)\.64B\.(?:batch|each)$/,
  /^stream\.down\.64B\.read$/,
  /^records\./,
  /^lz4\./,
  /^bulk\./,
  /^unary\.(?:c1|c64|shaped\.c64|beside-bulk)$/,
  /^idle\.rss$/,
  /^slow-reader\./,
  /^file/,
  /^open\./,
];

/** Whether a workload of that name is among them. */
export function isCompared(name: string): boolean {
  return COMPARED.some((pattern) => pattern.test(name));
}

/** Workloads that compare sluice with itself, and that are on the page of results with those. */
const OWN: readonly RegExp[] = [
  /^service\./,
  /^resumable\./,
  /^busy-among-idle$/,
  /^unary\.beside-bulk\.borrowed$/,
  /^stream\..*packed/,
];

/** Whether a workload of that name is among them. */
export function isOwn(name: string): boolean {
  return OWN.some((pattern) => pattern.test(name));
}
