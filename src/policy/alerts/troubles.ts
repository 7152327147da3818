// What is wrong at the moment, as the status shows it, made into alerts: each when it comes and when it is gone. One that comes and goes
// is told once while it does.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { AlertContent } from '../../contract/alerts.ts'

export interface Trouble {
  /** What it is about; its words where nothing says it. */
  readonly key?: string
  readonly at: EpochMs
  readonly what: string
  readonly mend: string
}

interface Known {
  readonly trouble: Trouble
  readonly since: EpochMs
  seenAt: EpochMs
  isTold: boolean
}

/** What is gone sooner, as a worker that starts, is not worth an alert. */
const TOLD_AFTER: Ms = 10_000
/** Away for so long, it is gone. */
const GONE_AFTER: Ms = 300_000
const MOST_KNOWN = 1000

export class Troubles {
  readonly #known = new Map<string, Known>()

  look(troubles: readonly Trouble[], now: EpochMs): readonly (AlertContent & { readonly source: string })[] {
    const told: (AlertContent & { readonly source: string })[] = []
    for (const trouble of troubles) {
      const key = trouble.key ?? trouble.what
      const known = this.#known.get(key)
      if (known !== undefined) known.seenAt = now
      else if (this.#known.size < MOST_KNOWN) this.#known.set(key, { trouble, since: now, seenAt: now, isTold: false })
    }
    for (const [key, known] of this.#known) {
      const { trouble, since, seenAt, isTold } = known
      if (!isTold && seenAt === now && now - since >= TOLD_AFTER) {
        known.isTold = true
        told.push(alertOf('trouble.begun', trouble, trouble.at))
      }
      if (now - seenAt < (isTold ? GONE_AFTER : TOLD_AFTER)) continue
      this.#known.delete(key)
      if (isTold) told.push(alertOf('trouble.ended', trouble, now))
    }
    return told
  }
}

function alertOf(
  kind: 'trouble.begun' | 'trouble.ended',
  { at, key, what, mend }: Trouble,
  now: EpochMs,
): AlertContent & { readonly source: string } {
  const isOver = kind === 'trouble.ended'
  const source = `${kind} ${at} ${key ?? what}`
  const words = isOver ? { what: `No longer: ${what}`, mend: 'Nothing is to be done.' } : { what, mend }
  return { source, at: now, kind, ...words, effect: null, by: 'hms' }
}
