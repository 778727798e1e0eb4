import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { svgFailure } from '../errors.ts'

/** One drawing: an SVG to a square of pixels, as PNG or as RGBA. */
export type Drawing = { readonly svg: string; readonly size: number; readonly as: 'png' | 'rgba' }

/** Draws SVGs one after the other in a process of its own. */
export type DrawProcess = {
  /** @throws Failure `svg_not_drawable` */
  draw(drawing: Drawing): Promise<Buffer>
  /** Ends the process, also in the middle of a drawing, which then fails as those do that come later. */
  close(): Promise<void>
}

type Answer = { readonly bytes: Uint8Array } | { readonly error: string }

const MOST_SECONDS = 10
/** A process takes 50 MB, and 100 ms to start. */
const IDLE_SECONDS = 30
/** Node itself reserves 0.6 GB of it, pictures of DiceBear take 0.2 GB; a hostile one took 4 GB in two seconds. */
const MOST_KILOBYTES = 1_500_000
const SHELL = '/bin/sh'

/**
 * What the process does. A string, because the server is built into files that are not known here.
 *
 * A process, because the codec reads and draws an SVG in one synchronous call of 10 ms to a second, which nothing else
 * can end, and because it aborts its process where it meets a number that it did not expect (`<feOffset dx="99999999999">`).
 * It collects garbage after each: V8 does not see the pixels behind its objects, and let 60 drawings hold 1.4 GB.
 */
const PROGRAM = `
const codec = import(process.argv[1])
process.on('disconnect', () => process.exit())
process.on('message', async ({ svg, size, as }) => {
  try {
    const { Transformer } = await codec
    const drawn = Transformer.fromSvg(svg).fastResize({ width: size, height: size })
    process.send({ bytes: as === 'png' ? await drawn.png() : await drawn.rawPixels() })
  } catch (error) {
    process.send({ error: String(error) })
  }
  setImmediate(gc)
})
`

/** @param options.mostSeconds after which a drawing is given up and its process ended; 10 unless told */
export function createDrawProcess({ mostSeconds = MOST_SECONDS } = {}): DrawProcess {
  let child: ChildProcess | undefined
  let idle: NodeJS.Timeout | undefined
  let before: Promise<unknown> = Promise.resolve()
  let closed = false
  let spent = 0
  const end = () => {
    child?.kill('SIGKILL')
    child = undefined
    spent = 0
  }
  const drawNow = async (drawing: Drawing): Promise<Buffer> => {
    clearTimeout(idle)
    if (closed) throw svgFailure('svg_not_drawable', { hint: 'the server stops' })
    // Long before its processor time is used up, which would end it in the middle of somebody's picture.
    if (spent > 2 * mostSeconds || !child?.connected) end()
    child ??= startProcess(6 * mostSeconds)
    const started = performance.now()
    try {
      return await ask(child, drawing, mostSeconds)
    } catch (cause) {
      end()
      throw svgFailure('svg_not_drawable', { hint: String(cause), cause })
    } finally {
      spent += (performance.now() - started) / 1000
      idle = setTimeout(end, IDLE_SECONDS * 1000).unref()
    }
  }
  return {
    draw(drawing) {
      const drawn = before.then(() => drawNow(drawing))
      before = drawn.catch(() => undefined)
      return drawn
    },
    async close() {
      closed = true
      clearTimeout(idle)
      end()
      await before
    },
  }
}

/** @param mostSeconds of processor time: ends it even where this process was killed and nobody else is left to do so. */
function startProcess(mostSeconds: number): ChildProcess {
  const node = [process.execPath, '--expose-gc', '--eval', PROGRAM, import.meta.resolve('@napi-rs/image')]
  const limits = `ulimit -c 0; ulimit -d ${MOST_KILOBYTES}; ulimit -t ${Math.ceil(mostSeconds)}`
  // Node sets no limits of its processes. Images without a shell go without, and Windows has neither.
  const isLimited = process.platform !== 'win32' && existsSync(SHELL)
  const [command = '', ...rest] = isLimited ? [SHELL, '-c', `${limits}; exec "$0" "$@"`, ...node] : node
  const child = spawn(command, rest, {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    // Where fonts may be. It needs nothing else of ours, least of all secrets.
    env: { HOME: homedir() },
  })
  // Keeps nobody alive; `ask` waits for it while there is something to wait for.
  child.unref()
  child.channel?.unref()
  child.on('error', () => undefined)
  return child
}

async function ask(child: ChildProcess, drawing: Drawing, mostSeconds: number): Promise<Buffer> {
  const answer = Promise.withResolvers<Buffer>()
  const late = setTimeout(() => answer.reject(new Error(`not drawn in ${mostSeconds} s`)), mostSeconds * 1000)
  const onMessage = (message: Answer) => {
    if ('bytes' in message) answer.resolve(Buffer.from(message.bytes))
    else answer.reject(new Error(message.error))
  }
  const onExit = (code: number | null, signal: string | null) => {
    answer.reject(new Error(`the process ended with ${signal ?? code}`))
  }
  child.once('message', onMessage).once('error', answer.reject).once('exit', onExit)
  try {
    child.send(drawing, (error) => error && answer.reject(error))
    return await answer.promise
  } finally {
    clearTimeout(late)
    child.off('message', onMessage).off('error', answer.reject).off('exit', onExit)
  }
}
