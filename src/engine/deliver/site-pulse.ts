// How a site's answers and connections go: how much left of late, and whether too large a share of it goes badly.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type PeerReply, replyLine } from '../../contract/events.ts'
import { type BackoffKind, backoffCause, type BackoffSettings, putsOff, shareTerms } from '../../policy/blocks/backing-off.ts'
import { classifyStatus } from '../../policy/post/answers.ts'
import { SlidingShare } from '../../policy/blocks/shares.ts'
import type { RecipientResult } from '../ports/outbound.ts'

const MINUTE: Ms = 60_000

export class SitePulse {
  readonly #workers: number
  /** None before something went badly. */
  readonly #shares: Partial<Record<BackoffKind, SlidingShare>> = {}
  #rate = 0
  #ratedAt: EpochMs = 0

  constructor(workers: number) {
    this.#workers = workers
  }

  /** Messages in the last minute, where older ones count less and less. */
  rate(now: EpochMs): number {
    return this.#rate * Math.exp(-Math.max(0, now - this.#ratedAt) / MINUTE)
  }

  /** A message was answered. Why that was one too many that were put off; null: it was not. */
  answered(results: readonly RecipientResult[], settings: BackoffSettings, now: EpochMs): string | null {
    this.#rate = this.rate(now) + 1
    this.#ratedAt = now
    return this.#count('deferrals', putOffBy(results), settings, now)
  }

  /** A connection was tried. `trouble`: why there is none. Why that was one too many; null: it was not. */
  tried(trouble: string | null, settings: BackoffSettings, now: EpochMs): string | null {
    return this.#count('failures', trouble, settings, now)
  }

  #count(kind: BackoffKind, trouble: string | null, settings: BackoffSettings, now: EpochMs): string | null {
    if (trouble === null && this.#shares[kind] === undefined) return null
    const counted = (this.#shares[kind] ??= new SlidingShare())
    const share = counted.count(trouble !== null, now, shareTerms(settings, kind, this.#workers))
    return share === null || trouble === null ? null : backoffCause(kind, share, settings, trouble)
  }
}

/** The reply that put all of a message off; null: something of it was taken, or it was for the recipients' sake. */
function putOffBy(results: readonly RecipientResult[]): string | null {
  let line: string | null = null
  for (const result of results) {
    if (result.kind === 'accepted') return null
    if ((result.kind === 'rejected' && putsOff(result.reply)) || (result.kind === 'declined' && isLater(result.reply)))
      line ??= replyLine(result.reply)
  }
  return line
}

function isLater({ code }: PeerReply): boolean {
  return classifyStatus(code).kind === 'defer'
}
