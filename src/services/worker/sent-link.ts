// A worker's way to the index of what was sent, which the desk keeps: questions that come together are one call.
import type { EpochMs, MessageId, Ms } from '../../base/brand.ts'
import type { Operations } from '../../contract/operations.ts'
import { MOST_PLACES, type SentAnswer, type SentPlace, type SentRecipient } from '../../contract/sent.ts'
import { type BusClient, connectBus } from '../../net/bus/client.ts'

const TIMEOUT: Ms = 10_000
/** Enough to see whether they are all of one account. */
const MOST_FOUND = 20

interface Asked {
  readonly place: SentPlace
  resolve(found: SentAnswer): void
  reject(error: unknown): void
}

export class SentLink implements Disposable {
  readonly #path: string
  readonly #version: string
  #client: Promise<BusClient<Operations>> | null = null
  #asked: Asked[] = []
  #isAsking = false

  /** `path`: the desk's socket. Nothing is opened before the first question. */
  constructor(path: string, version: string) {
    this.#path = path
    this.#version = version
  }

  [Symbol.dispose](): void {
    void this.#client?.then((client) => client[Symbol.dispose]()).catch(() => undefined)
  }

  /** Null: it is not known (any more). Rejects with a Fault where the desk does not answer now. */
  find(message: MessageId, n: number): Promise<SentAnswer> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ place: { message, n }, resolve, reject })
      if (!this.#isAsking) void this.#ask()
    })
  }

  /** What was sent to an address since then, the newest first. */
  async search(address: string, since: EpochMs): Promise<readonly SentRecipient[]> {
    const client = await this.#connected()
    return (await client.call('sent.search', { address, since, limit: MOST_FOUND }, { timeout: TIMEOUT })).recipients
  }

  /** One call at a time: what is asked meanwhile goes together in the next. */
  async #ask(): Promise<void> {
    this.#isAsking = true
    await Promise.resolve()
    while (this.#asked.length > 0) {
      const asked = this.#asked.splice(0, MOST_PLACES)
      try {
        const client = await this.#connected()
        const { recipients } = await client.call('sent.find', { places: asked.map(({ place }) => place) }, { timeout: TIMEOUT })
        for (const [i, { resolve }] of asked.entries()) resolve(recipients[i] ?? null)
      } catch (error) {
        for (const { reject } of asked) reject(error)
      }
    }
    this.#isAsking = false
  }

  async #connected(): Promise<BusClient<Operations>> {
    const known = await this.#client?.catch(() => null)
    if (known?.ended === false) return known
    this.#client = connectBus<Operations>(this.#path, { version: this.#version })
    return this.#client
  }
}
