/**
 * A program on a leash: it lives no longer than the pipe that is the shell's stdin. However our process ends, kill -9
 * included, the kernel closes the pipe, the inner shell's `read` ends, and the program gets SIGINT, which is
 * PostgreSQL's fast shutdown and initdb's clean-up. When the program ends first, the shell ends with its status.
 *
 * SIGINT, not SIGTERM: PostgreSQL answers TERM with "smart" shutdown, which waits for its clients
 * (https://www.postgresql.org/docs/18/server-shutdown.html).
 */
const script = `exec 3<&0 </dev/null
"$@" 3<&- & p=$!
trap "" INT TERM HUP
( while read -r _ <&3; do :; done; kill -INT $p 2>/dev/null ) & w=$!
exec 3<&-
wait $p; s=$?
kill -KILL $w 2>/dev/null
exit $s`

/** The same command, on the leash. To be spawned with a pipe as stdin and, against Ctrl-C, detached. */
export function leashed(command: readonly string[]): readonly string[] {
  return ['/bin/sh', '-c', script, 'trivet-leash', ...command]
}
