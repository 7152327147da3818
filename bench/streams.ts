// Readers of server-sent events at the management API. One in ten looks at what it reads, and when each event was written; the others count octets.
import { get, type ClientRequest, type IncomingMessage } from 'node:http'

/** Each looks at so many events at most: the bench has the same cores. */
const MOST_LOOKED = 5000
const LOOKS = 10

export class Streams implements Disposable {
  readonly #requests: ClientRequest[] = []
  readonly #late: number[] = []

  private constructor() {}

  /** Resolves when all are open. */
  static async open(url: string, keys: readonly string[], count: number): Promise<Streams> {
    const streams = new Streams()
    await Promise.all(Array.from({ length: count }, (_, n) => streams.#read(url, keys[n % keys.length] ?? '', n % LOOKS === 0)))
    return streams
  }

  /** Ms from when each event that was looked at happened until it was read. */
  late(): readonly number[] {
    return this.#late
  }

  [Symbol.dispose](): void {
    for (const request of this.#requests) request.destroy()
  }

  #read(url: string, key: string, isLooking: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' }
      const request = get(url, { headers, agent: false }, (response) => {
        if (response.statusCode !== 200) return reject(new Error(`a stream was refused with ${response.statusCode}`))
        response.on('error', () => {})
        if (isLooking) this.#look(response)
        else response.resume()
        resolve()
      })
      request.on('error', reject)
      this.#requests.push(request)
    })
  }

  #look(response: IncomingMessage): void {
    let looked = 0
    response.on('data', (piece: Buffer) => {
      if (looked >= MOST_LOOKED) return
      const now = Date.now()
      for (const [, at] of piece.toString('latin1').matchAll(/"at":(\d{13}),/g)) {
        looked++
        this.#late.push(now - Number(at))
      }
    })
  }
}
