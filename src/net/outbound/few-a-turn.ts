// Work that many connections want at once, a few a turn of the event loop: after all that the turn has read, right before sockets are
// read again. Ends of messages: written as a commit frees them, all together, the replies to the first would lie unread meanwhile, and
// a kill would repeat what they say was taken. TLS handshakes: a thousand in a row would keep those who send to us waiting for a second.

export class FewATurn<T> {
  readonly #waiting: T[] = []
  readonly #least: number
  readonly #part: number
  readonly #act: (one: T) => void

  /** So many a turn; of many that wait the `part`-th part, as a busy worker has long turns (Infinity: no more than `least`). */
  constructor(least: number, part: number, act: (one: T) => void) {
    this.#least = least
    this.#part = part
    this.#act = act
  }

  push(one: T): void {
    if (this.#waiting.push(one) === 1) setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    const most = Math.max(this.#least, Math.ceil(this.#waiting.length / this.#part))
    for (const one of this.#waiting.splice(0, most)) this.#act(one)
    if (this.#waiting.length > 0) setImmediate(this.#turn)
  }
}
