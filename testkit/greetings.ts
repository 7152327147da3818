// Connections as strangers make them, one after another, for scenarios in which nobody may be refused.
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { PATIENCE_MS } from './patience.ts'

/** Connects again and again, as strangers do, and keeps how long each waits for its greeting. */
export function watchGreetings(port: number) {
  const refused: string[] = []
  const waited: number[] = []
  const over = new AbortController()
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const began = performance.now()
      const socket = connect({ host: '127.0.0.1', port })
      const end = (problem: string | null): void => {
        if (problem !== null) refused.push(problem)
        socket.destroy()
        resolve()
      }
      socket.setTimeout(PATIENCE_MS, () => end('no greeting'))
      socket.on('error', (error) => end(error.message))
      socket.on('end', () => end('closed without a greeting'))
      socket.once('data', (chunk: Buffer) => {
        waited.push(performance.now() - began)
        if (!chunk.toString().startsWith('220')) return end(chunk.toString())
        socket.removeAllListeners('end')
        socket.end('QUIT\r\n', () => end(null))
      })
    })
  const watching = (async () => {
    while (!over.signal.aborted) {
      await one()
      await wait(20)
    }
  })()
  return {
    async end() {
      over.abort()
      await watching
      const inOrder = waited.toSorted((a, b) => a - b)
      const [asked, usual, longest] = [inOrder.length, inOrder[inOrder.length >> 1] ?? 0, inOrder.at(-1) ?? 0]
      return { asked, usual, longest, refused }
    },
  }
}
