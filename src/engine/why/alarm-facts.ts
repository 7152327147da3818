// What alarms watch of a worker: where mail that is due waits longest, how full its memory is, and copies that could not be kept. All that is in memory is gone through, in
// slices, now and then.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { WorkerFacts } from '../../contract/bus.ts'
import type { MailCourier } from '../deliver/courier.ts'
import type { InHand } from '../schedule/in-hand.ts'

const SLICE = 5000
/** Sites that are compared, and those that are told: the oldest of them. */
const MOST_SITES = 10_000
const MOST_TOLD = 100
const LOOK_EVERY: Ms = 3000

export class AlarmFacts {
  readonly #courier: MailCourier
  readonly #inHand: InHand
  readonly #memory: number
  #looked: { readonly at: Ms; readonly oldest: Promise<ReadonlyMap<string, EpochMs>> } | null = null

  constructor(courier: MailCourier, inHand: InHand, memory: number) {
    this.#courier = courier
    this.#inHand = inHand
    this.#memory = memory
  }

  async read(): Promise<Pick<WorkerFacts, 'oldest' | 'memory' | 'copiesFailing'>> {
    const oldest = await this.oldest()
    const told = [...oldest].toSorted(([, a], [, b]) => a - b).slice(0, MOST_TOLD)
    const copiesFailing = this.#courier.settler.copyFailures.now(this.#courier.around.clock.now())
    return { oldest: told.map(([site, due]) => ({ site, due })), memory: this.#inHand.octets / this.#memory, copiesFailing }
  }

  /** By site since when mail that is due waits, of what waits longest. However many ask, it is looked at once in some seconds. */
  oldest(): Promise<ReadonlyMap<string, EpochMs>> {
    const now = this.#courier.around.clock.mono()
    if (this.#looked === null || now - this.#looked.at > LOOK_EVERY) this.#looked = { at: now, oldest: this.#lookForOldest() }
    return this.#looked.oldest
  }

  async #lookForOldest(): Promise<ReadonlyMap<string, EpochMs>> {
    const { clock } = this.#courier.around
    const now = clock.now()
    const oldest = new Map<string, EpochMs>()
    const saw = (site: string, due: EpochMs): void => {
      const known = oldest.get(site)
      if (due >= now || (known === undefined ? oldest.size >= MOST_SITES : known <= due)) return
      oldest.set(site, due)
    }
    let looked = 0
    const rest = async (): Promise<void> => {
      if (++looked % SLICE === 0) await new Promise<void>((resolve) => void clock.after(0, resolve))
    }
    for (const { jobs } of this.#inHand.all()) {
      for (const { rows, stage } of jobs) {
        const [first] = rows
        if (first !== undefined && stage !== 'settling' && stage !== 'gone') saw(this.#siteOf(first.domain), first.due)
      }
      await rest()
    }
    for (const { domain, waiting, inHand, nextDue } of this.#courier.scheduler.lines.all()) {
      if (waiting > inHand) saw(this.#siteOf(domain), nextDue)
      await rest()
    }
    return oldest
  }

  #siteOf(domain: Parameters<MailCourier['planOf']>[0]): string {
    const plan = this.#courier.planOf(domain)
    return plan?.kind === 'site' ? plan.name : domain
  }
}
