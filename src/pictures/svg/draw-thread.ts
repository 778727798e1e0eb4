import { Worker } from 'node:worker_threads'
import { svgFailure } from '../errors.ts'

/** One drawing: an SVG to a square of pixels, as PNG or as RGBA. */
export type Drawing = { readonly svg: string; readonly size: number; readonly as: 'png' | 'rgba' }

/** Draws SVGs one after the other on a thread of its own. @throws Failure `svg_not_drawable` */
export type DrawThread = (drawing: Drawing) => Promise<Buffer>

const MOST_SECONDS = 10
/** A thread takes some megabytes, and 30 ms to start. */
const IDLE_SECONDS = 30

/**
 * The codec reads and draws an SVG in one synchronous call, which takes from 10 ms to a second (blurs): on a thread of
 * its own, so that nobody else waits. A string, because the server is built into one file, which has no second one.
 */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads')
const codec = import(workerData.codec)
parentPort.on('message', async ({ svg, size, as }) => {
  try {
    const { Transformer } = await codec
    const drawn = Transformer.fromSvg(svg).fastResize({ width: size, height: size })
    parentPort.postMessage({ bytes: as === 'png' ? await drawn.png() : await drawn.rawPixels() })
  } catch (error) {
    parentPort.postMessage({ error: String(error) })
  }
})
`

export function createDrawThread(): DrawThread {
  let thread: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let before: Promise<unknown> = Promise.resolve()
  const end = () => {
    void thread?.terminate()
    thread = undefined
  }
  const draw = async (drawing: Drawing): Promise<Buffer> => {
    clearTimeout(idle)
    thread ??= startThread()
    try {
      return await ask(thread, drawing)
    } catch (cause) {
      end()
      throw svgFailure('svg_not_drawable', { hint: String(cause), cause })
    } finally {
      idle = setTimeout(end, IDLE_SECONDS * 1000).unref()
    }
  }
  return (drawing) => {
    const drawn = before.then(() => draw(drawing))
    before = drawn.catch(() => undefined)
    return drawn
  }
}

function startThread(): Worker {
  const thread = new Worker(THREAD, { eval: true, workerData: { codec: import.meta.resolve('@napi-rs/image') } })
  // Neither keeps the process alive nor ends it: `ask` listens while there is something to wait for.
  thread.unref()
  thread.on('error', () => undefined)
  return thread
}

async function ask(thread: Worker, drawing: Drawing): Promise<Buffer> {
  const answer = Promise.withResolvers<Buffer>()
  const late = setTimeout(() => answer.reject(new Error(`not drawn in ${MOST_SECONDS} s`)), MOST_SECONDS * 1000)
  const onMessage = (message: { bytes: Uint8Array } | { error: string }) => {
    if ('bytes' in message) answer.resolve(Buffer.from(message.bytes))
    else answer.reject(new Error(message.error))
  }
  const onExit = () => answer.reject(new Error('the thread ended'))
  thread.once('message', onMessage).once('error', answer.reject).once('exit', onExit)
  try {
    thread.postMessage(drawing)
    return await answer.promise
  } finally {
    clearTimeout(late)
    thread.off('message', onMessage).off('error', answer.reject).off('exit', onExit)
  }
}
