// How late this process is because of its machine, for tests that look at when something came over a socket: what was sent evenly comes
// in a heap where the process stood still in between.

const EVERY_MS = 5

export class Lateness implements Disposable {
  /** The longest that a timer of this process was late, in ms, since it is watched. */
  most = 0
  readonly #timer: NodeJS.Timeout

  constructor() {
    let due = performance.now() + EVERY_MS
    this.#timer = setInterval(() => {
      const now = performance.now()
      this.most = Math.max(this.most, now - due)
      due = now + EVERY_MS
    }, EVERY_MS)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
