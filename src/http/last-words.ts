import type { Duplex } from 'node:stream'

const CLOSE_MS = 1000

/**
 * Ends a connection that no server looks after any more, once all that was said on it has gone out. Whoever keeps their
 * half open does not keep ours: one connection each is all that it would take to use them up.
 */
export function endWith(socket: Duplex, words: string | Buffer = ''): void {
  // What still comes is read and dropped: a connection that is closed before would take the answer along.
  socket.resume()
  socket.end(words, () => {
    const timer = setTimeout(() => socket.destroy(), CLOSE_MS)
    socket.once('close', () => clearTimeout(timer))
  })
}
