/** One application on one machine: 5 processes, 18 MB of its own memory when idle, and crash-safe. */
const settings = {
  listen_addresses: '127.0.0.1',
  // No socket file: the default place is /tmp, where every user of the machine could take the name.
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
  shared_buffers: '64MB',
  // With huge pages reserved but not granted to the container, touching the buffers is a SIGBUS.
  huge_pages: 'off',
  io_method: 'sync',
  jit: 'off',
  max_connections: '40',
  autovacuum_worker_slots: '3',
  autovacuum_max_workers: '2',
  // The hot backup (pg_backup_start) needs `replica` and the kept segments, but no walsender.
  wal_level: 'replica',
  wal_keep_size: '64MB',
  min_wal_size: '32MB',
  max_wal_size: '256MB',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  idle_in_transaction_session_timeout: '60s',
  log_min_duration_statement: '1000',
  // The log keeps what happened, never the data it happened to: no parameters, no failed statement, no DETAIL.
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  // SQLSTATE and kind of process first, so that our reader need not understand sentences.
  log_line_prefix: '%e %b|',
  lc_messages: 'C',
} as const

/** The command-line flags of `postgres`; they win over postgresql.conf. */
export function serverFlags(data: string, port: number): string[] {
  const flags = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  return ['-D', data, ...flags]
}

/**
 * The flags of `initdb`. The collation is PostgreSQL's own (builtin C.UTF-8), so that indexes stay right when the data
 * moves to a machine with another libc.
 */
export function initialiseFlags(data: string, passwordFile: string): string[] {
  return [
    ...['-D', data, '-U', superuser, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8'],
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--wal-segsize=4'],
    ...['-c', 'huge_pages=off'],
  ]
}

export const superuser = 'trivet'
export const database = 'trivet'
