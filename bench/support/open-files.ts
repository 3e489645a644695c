/** Descriptors that a process needs beside its streams. */
const OTHER_FILES = 200;

/**
 * So many streams, or as many as a process may have descriptors for. Node raises the soft limit to the
 * hard one when it starts, so there is nothing to be gained by `ulimit`.
 */
export function fitStreams(wanted: number): number {
  return Math.min(wanted, openFilesLimit() - OTHER_FILES);
}

/** Infinity where the system does not say. */
function openFilesLimit(): number {
  // Its type is `object`; what it has is documented.
  const report = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft: number | 'unlimited' } };
  };
  const limit = report.userLimits?.open_files?.soft;
  return typeof limit === 'number' ? limit : Infinity;
}
