// MTA-STS policies over restarts: a small file for each domain, `trust/sts/DOMAIN`, renamed into place. All workers of a home write
// the same names; what one of them fetched last is as good as what another did.
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ms } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { KeptPolicy, PolicyShelf } from '../../engine/ports/trust.ts'

/** What the first line of a file begins with. */
const FORMAT = 'hms-sts 1'
const NAME = /^(?![.-])[a-z0-9._-]{1,253}$/
const LARGEST = 80 * 1024
/** More than one worker keeps; a folder that holds more than that is not read on. */
const MOST_FILES = 50_000
const LEFT_BEHIND: Ms = 60_000

export class PolicyFiles implements PolicyShelf {
  readonly #folder: string
  readonly #log: Log
  /** What is being written, one thing after the other for a name. */
  readonly #writing = new Map<string, Promise<void>>()
  #serial = 0

  constructor(folder: string, log: Log) {
    this.#folder = folder
    this.#log = log
  }

  async load(): Promise<ReadonlyMap<string, KeptPolicy>> {
    const found = new Map<string, KeptPolicy>()
    for (const name of (await this.#names()).slice(0, MOST_FILES)) {
      if (name.startsWith('.')) await this.#sweep(name)
      const kept = NAME.test(name) ? await this.#read(name) : null
      if (kept !== null) found.set(name, kept)
    }
    return found
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#folder)
    } catch {
      return []
    }
  }

  /** What a crash left half written; another worker may be writing right now. */
  async #sweep(name: string): Promise<void> {
    const file = join(this.#folder, name)
    try {
      if (Date.now() - (await stat(file)).mtimeMs > LEFT_BEHIND) await rm(file)
    } catch {
      // Somebody else was quicker.
    }
  }

  async #read(name: string): Promise<KeptPolicy | null> {
    try {
      const file = join(this.#folder, name)
      if ((await stat(file)).size > LARGEST) return null
      const [head = '', ...lines] = (await readFile(file, 'utf8')).split('\n')
      const [, id, at] = /^hms-sts 1 ([a-z0-9]{1,32}) (\d{1,16})$/i.exec(head) ?? []
      return id === undefined ? null : { id, fetchedAt: Number(at), text: lines.join('\n') }
    } catch {
      return null
    }
  }

  put(domain: string, { id, fetchedAt, text }: KeptPolicy): void {
    if (!NAME.test(domain)) return
    this.#after(domain, async () => {
      // Beside the names of domains, which never begin with a dot.
      const fresh = join(this.#folder, `.${process.pid}-${this.#serial++}`)
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      await writeFile(fresh, `${FORMAT} ${id} ${fetchedAt}\n${text}`, { mode: 0o600 })
      await rename(fresh, join(this.#folder, domain))
    })
  }

  remove(domain: string): void {
    if (NAME.test(domain)) this.#after(domain, () => rm(join(this.#folder, domain), { force: true }))
  }

  /** Resolves when all that was asked for is done. */
  async settled(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing.values())
  }

  #after(domain: string, work: () => Promise<void>): void {
    const before = this.#writing.get(domain) ?? Promise.resolve()
    const done = before.then(work).catch((error: unknown) => {
      this.#log.warn('An MTA-STS policy could not be kept for the next start.', { domain, reason: messageOf(error) })
    })
    this.#writing.set(domain, done)
    void done.then(() => this.#writing.get(domain) === done && this.#writing.delete(domain))
  }
}
