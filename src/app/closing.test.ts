import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { capturedLog, silentLog } from '#testing'
import { createClosing, startTogether } from './closing.ts'

test('what was started last is stopped first, once, and one that fails holds up no other', async () => {
  const { log, text } = capturedLog()
  const closing = createClosing(log)
  const stopped: string[] = []
  closing.add(async () => void stopped.push('database'))
  closing.add(() => Promise.reject(new Error('it hangs')))
  closing.add(async () => void stopped.push('server'))
  await Promise.all([closing.close(), closing.close()])
  expect(stopped).toEqual(['server', 'database'])
  expect(text()).toContain('it hangs')
})

test('when one of two starts fails, what the slower one started is stopped, too', async () => {
  const closing = createClosing(silentLog)
  const running = new Set<string>()
  const slow = async () => {
    await sleep(20)
    running.add('sandbox')
    closing.add(async () => void running.delete('sandbox'))
  }
  const start = startTogether([Promise.reject(new Error('no database')), slow()])
  await expect(start).rejects.toThrow('no database')
  await closing.close()
  await sleep(40)
  expect([...running]).toEqual([])
})
