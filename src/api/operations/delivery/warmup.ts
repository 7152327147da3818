// Warm-up: what is planned, what was done, what is to come, and the hand of the owner. The state is looked at anew before it is shown or
// changed, so that a home at rest tells what it would do.
import { Fault } from '../../../base/fault.ts'
import type { WarmupReport } from '../../../contract/source-operations.ts'
import { NO_FIGURES, OTHER_PROVIDERS, type WarmupFigures, type WarmupState } from '../../../contract/warmup.ts'
import { WarmupBook } from '../../../policy/warmup/book.ts'
import { forecast } from '../../../policy/warmup/forecast.ts'
import { reckon } from '../../../policy/warmup/reckon.ts'
import { byHand, dayOf, firstState, startOf, WARMUP_ACTIONS } from '../../../policy/warmup/steps.ts'
import { stateOf, warmupKey, type WarmupUnit, warmupUnits } from '../../../policy/warmup/units.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params } from '../params.ts'
import { Rules } from './rules-in-force.ts'

interface Asked {
  readonly source: string | undefined
  readonly domain: string | undefined
  readonly provider: string | undefined
}

function askedOf(params: Params): Asked {
  const name = (what: string): string | undefined => params.optional(what, () => params.text(what, 255))
  return { source: name('source'), domain: name('domain'), provider: name('provider') }
}

/** So that a slip of the pen is not a cap of its own. */
function checkProvider(context: OperationContext, provider: string): void {
  const rules = new Rules(context)
  const known = [rules.document('owner'), rules.document('smart')].some(({ providers }) => Object.hasOwn(providers, provider))
  if (known || provider === OTHER_PROVIDERS || [...context.settings.read().warmups.values()].some((one) => one.provider === provider))
    return
  throw new Fault('not-found', `There is no provider ${provider}.`, {
    blame: 'caller',
    mend: "'hms rules ls' and 'hms rules ls --smart' list them; other is what belongs to none.",
  })
}

class Warmups {
  readonly #context: OperationContext

  constructor(context: OperationContext) {
    this.#context = context
  }

  /** Those that were asked for; a Fault where there is none. */
  units({ source, domain, provider }: Asked): readonly WarmupUnit[] {
    if (provider !== undefined) checkProvider(this.#context, provider)
    const rules = new Rules(this.#context)
    const owner = rules.document('owner')
    const isUsed = Object.values(owner.sources).some(({ warmup }) => warmup !== undefined) || owner.domains !== undefined
    const all = isUsed ? [...warmupUnits(rules.document('smart'), owner).values()] : []
    if (source === undefined && domain === undefined) return all
    const found = all.filter(({ unit, names }) =>
      unit.startsWith('signer=')
        ? names.includes(domain ?? '')
        : source !== undefined && (names.includes(source) || unit === `source=${source}`),
    )
    if (found.length > 0) return found
    const what = source === undefined ? `The signing domain ${domain}` : `The source ${source}`
    throw new Fault('not-found', `${what} is not warmed up.`, {
      blame: 'caller',
      mend: "Give it 'warmup: standard' in the rules ('hms export', 'hms apply'); 'hms warmup status' lists what is warmed up.",
    })
  }

  /** As they are now, with what follows from days that are over. */
  states(): ReadonlyMap<string, WarmupState> {
    const { settings, events, now } = this.#context
    const states = new Map(settings.read().warmups)
    const units = new Map(this.units({ source: undefined, domain: undefined, provider: undefined }).map((unit) => [unit.unit, unit]))
    const reckoned = reckon({ units, states, days: events.warmupDays(), now: now() })
    for (const state of reckoned.states) states.set(warmupKey(state.unit, state.provider), state)
    return states
  }

  report(unit: WarmupUnit, provider: string | undefined): WarmupReport {
    const { events, now } = this.#context
    const { names, planName, plan, start } = unit
    const states = this.states()
    const known = [...states.values()].filter((state) => state.unit === unit.unit).map((state) => state.provider)
    const days = events.warmupDays().filter((day) => day.unit === unit.unit)
    const providers = provider === undefined ? [...new Set([...known, OTHER_PROVIDERS])].toSorted() : [provider]
    const begins = startOf(start) > now() ? startOf(start) : null
    const today = dayOf(now())
    return {
      unit: unit.unit,
      names,
      plan: planName,
      known: plan !== null,
      begins,
      providers: providers.flatMap((name) => {
        const state = stateOf(unit, name, states, now())
        if (state === null || plan === null) return []
        const figuresOf = (day: number): WarmupFigures => {
          const { sent, deferred, blocked, bounced, complaints } =
            days.find((one) => one.provider === name && one.day === day) ?? NO_FIGURES
          return { sent, deferred, blocked, bounced, complaints }
        }
        return [
          {
            provider: name,
            mode: state.mode,
            cap: state.mode === 'warm' ? null : begins === null ? state.cap : 0,
            since: state.since,
            said: state.said,
            today: figuresOf(today),
            past: state.past.map(([day, cap]) => ({ day, cap, ...figuresOf(day) })),
            forecast: forecast(state, plan, begins === null ? today : dayOf(begins)),
          },
        ]
      }),
    }
  }

  change(
    unit: WarmupUnit,
    asked: Asked,
    how: { readonly action: (typeof WARMUP_ACTIONS)[number]; readonly by: string },
  ): readonly WarmupState[] {
    const { plan } = unit
    if (plan === null) return []
    const at = this.#context.now()
    // What begins on a day to come begins then.
    if (how.action === 'start' && startOf(unit.start) > at) return []
    const states = this.states()
    const known = [...states.values()].filter((state) => state.unit === unit.unit).map(({ provider }) => provider)
    const providers = asked.provider === undefined ? [...new Set([...known, OTHER_PROVIDERS])] : [asked.provider]
    return providers.flatMap((provider) => {
      const state = stateOf(unit, provider, states, at) ?? firstState(unit.unit, provider, plan, at)
      return byHand(state, how.action, plan, { by: how.by, at }) ?? []
    })
  }
}

/** What caps of warm-up leave of sources at a provider, a sentence each. */
export function capNotes(context: OperationContext, sources: readonly string[], provider: string | null): readonly string[] {
  const { settings, now } = context
  const rules = new Rules(context)
  const owner = rules.document('owner')
  if (!Object.values(owner.sources).some(({ warmup }) => warmup !== undefined)) return []
  const book = new WarmupBook({ smart: rules.document('smart'), owner, states: settings.read().warmups, now: now() })
  return sources.flatMap((source) => {
    const [day, hour] = book.at(source, provider).asks
    if (day === undefined || hour === undefined) return []
    const most = day.limit === 0 ? 'nothing before its date' : `at most ${day.limit} messages in 24 hours and ${hour.limit} in an hour`
    return [`The source ${source} is being warmed up: ${most} to ${provider ?? 'all that belong to no provider'} ('hms warmup status').`]
  })
}

export function warmupOperations(context: OperationContext): OperationsOf<'warmup'> {
  const { settings, live } = context
  const warmups = new Warmups(context)
  return {
    'warmup.status': async (values) => {
      const params = new Params(values)
      const asked = askedOf(params)
      params.done()
      const alerts = live().alerts.filter(({ what }) => what.startsWith('Warm-up'))
      return { units: warmups.units(asked).map((unit) => warmups.report(unit, asked.provider)), alerts: alerts.map(({ what }) => what) }
    },
    'warmup.set': async (values) => {
      const params = new Params(values)
      const asked = askedOf(params)
      const action = params.choice('action', WARMUP_ACTIONS)
      params.done()
      if (asked.source === undefined && asked.domain === undefined)
        throw new Fault('invalid-parameter', 'Neither a source nor a signing domain was named.', { blame: 'caller' })
      const states = warmups.units(asked).flatMap((unit) => warmups.change(unit, asked, { action, by: context.by }))
      if (states.length > 0) settings.putWarmups(states, [], context.by)
      const names = new Map(warmups.units(asked).map((one) => [one.unit, one.names]))
      return { changed: states.map(({ unit, provider, mode, cap }) => ({ unit, names: names.get(unit) ?? [], provider, mode, cap })) }
    },
  }
}
