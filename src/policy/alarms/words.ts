// News of alarms as Delivery Alerts: one for each, or one sentence for many at once.
import type { EpochMs } from '../../base/brand.ts'
import type { AlertContent } from '../../contract/alerts.ts'
import { ALARMS } from '../../contract/alarm-table.ts'
import type { AlarmNews, AlarmState } from './machine.ts'

/** More at once are one sentence. */
const MOST_APART = 3
/** Named in it. */
const MOST_NAMED = 10
/** Given to programs. */
const MOST_SUBJECTS = 100

export function alertsOf(news: AlarmNews, now: EpochMs): readonly (AlertContent & { readonly source: string })[] {
  const { states } = news
  // It is told when the account is held, as `account.braked`.
  if (news.name === 'brake' && news.kind === 'begun') return []
  return states.length <= MOST_APART ? states.map((one) => alertOf(news, [one], now)) : [alertOf(news, states, now)]
}

function alertOf(
  { kind, name }: AlarmNews,
  states: readonly Readonly<AlarmState>[],
  now: EpochMs,
): AlertContent & { readonly source: string } {
  const [first] = states
  const isOver = kind === 'ended'
  const what = states.length === 1 ? (first?.words ?? '') : together(name, states)
  const { severity } = ALARMS[name]
  const subjects = states.flatMap(({ subject }) => subject ?? []).slice(0, MOST_SUBJECTS)
  const since = Math.min(...states.map((one) => one.since))
  return {
    source: `trouble.${kind} ${name} ${first?.subject ?? ''} ${since} ${states.length}`,
    at: isOver ? now : since,
    kind: `trouble.${kind}`,
    what: isOver ? `Resolved: ${what}` : what,
    mend: isOver ? 'No action needed.' : (first?.mend ?? ALARMS[name].mend),
    effect: null,
    by: 'hms',
    alarm: { name, severity, subjects, count: states.length },
  }
}

function together(name: AlarmNews['name'], states: readonly Readonly<AlarmState>[]): string {
  const { of, what } = ALARMS[name]
  const named = states.slice(0, MOST_NAMED).map(({ subject }) => subject ?? '')
  const more = states.length - named.length
  return `${what}, at ${states.length} ${of ?? 'places'}: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}. The first: ${states[0]?.words ?? ''}`
}
