/** For the database, files, and what is asked of others. */
const RESERVED_FILES = 100

/**
 * How many connections this process can have: each that a route takes to its upstream needs two of the files that it may
 * open. Undefined where the system does not tell.
 */
export function mostConnections(): number | undefined {
  // Names of peers would be looked up, and settings written down.
  const report = Object.assign(process.report, { excludeNetwork: true, excludeEnv: true })
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } }
  const files = userLimits?.open_files?.soft
  return typeof files === 'number' ? Math.max(1, Math.floor((files - RESERVED_FILES) / 2)) : undefined
}
