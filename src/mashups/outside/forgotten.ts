import type { Log } from '#base'

/**
 * From now on an error that nobody waited for is logged, and does not end the process: with an `await` that somebody
 * forgot in a file of theirs, everybody's runs would end, be taken up again, and end the process again.
 */
export function surviveForgottenWaits(log: Log): void {
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'Something failed that nobody waited for. Has a mash-up of your own forgotten an await?')
  })
}
