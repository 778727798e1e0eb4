import { argon2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { createPasswords } from '../../src/crypto/index.ts'
import { type Effort, measure } from '../effort.ts'

const derive = promisify(argon2)

/** Argon2id alone, in this process, with the parameters that the product stores beside its hashes. */
export async function createRawArgon(): Promise<(pieces: number, concurrency: number) => Promise<Effort>> {
  const stored = await createPasswords({ concurrency: 1 }).hash('four words in a row')
  const [, memory, passes, parallelism] = /m=(\d+),t=(\d+),p=(\d+)/.exec(stored) ?? []
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism), tagLength: 32 }
  const hash = () => derive('argon2id', { message: 'four words in a row', nonce: randomBytes(16), ...cost })
  return (pieces, concurrency) => measure(pieces, hash, concurrency)
}
