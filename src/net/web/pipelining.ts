// Requests that do not wait for the answers to those before them (rfc:9112#9.3.2). One read may hold thousands, which node makes out without a
// pause: a connection has some under way and is cut beyond them, and once there were many in a turn of the event loop, no other connection is
// read before the next turn, so that whatever else the process does comes between. Who waits for answers costs nothing here.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Of one connection. */
const MOST_UNDER_WAY = 32
/** In one turn, of all connections. */
const SHARE = 64

export class Pipelining {
  /** Whoever had requests out of turn last is at the end. */
  readonly #connections = new Set<Socket>()
  readonly #underWay = new WeakMap<Socket, number>()
  #ofTurn = 0
  #held: readonly Socket[] = []

  follow(socket: Socket): void {
    this.#connections.add(socket)
    socket.once('close', () => this.#connections.delete(socket))
  }

  async run({ socket }: IncomingMessage, answer: () => Promise<void>): Promise<void> {
    const count = this.#underWay.get(socket) ?? 0
    if (count > 0 || socket.destroyed) this.#count(socket)
    if (socket.destroyed) return
    if (count >= MOST_UNDER_WAY) return void socket.destroy()
    this.#underWay.set(socket, count + 1)
    await answer()
    this.#underWay.set(socket, (this.#underWay.get(socket) ?? 1) - 1)
  }

  #count(socket: Socket): void {
    if (this.#ofTurn++ === 0) setImmediate(() => this.#nextTurn())
    if (this.#connections.delete(socket)) this.#connections.add(socket)
    if (this.#ofTurn !== SHARE) return
    this.#held = [...this.#connections].filter((one) => !one.isPaused())
    for (const one of this.#held) one.pause()
  }

  #nextTurn(): void {
    this.#ofTurn = 0
    const held = this.#held
    this.#held = []
    for (const one of held) one.resume()
  }
}
