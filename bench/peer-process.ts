// The loop of a peer's process: calls come over the channel to the bench, and it ends with the bench.
import type { PeerCalls } from './peer-words.ts'

type Handlers = { [N in keyof PeerCalls]?: (params: PeerCalls[N]['params']) => Promise<PeerCalls[N]['result']> | PeerCalls[N]['result'] }

export function servePeer(handlers: Handlers): void {
  process.on('disconnect', () => process.exit())
  process.on('message', async ({ id, name, params }: { id: number; name: keyof PeerCalls; params: never }) => {
    try {
      process.send?.({ id, result: await handlers[name]?.(params) })
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? error.message : String(error) })
    }
  })
}

/** ms of the system's monotonic clock, the same in all processes. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
