// Alarms: listed with what fires, changed, silenced, as shipped again, and tried.
import { ALARM_NAMES, ALARMS, type AlarmName, type AlarmTerms } from '../../../contract/alarm-table.ts'
import type { AlarmSetting, AlarmView, FiringAlarm } from '../../../contract/alarms.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

const MOST_THRESHOLD = 1e12
const LONGEST = 30 * 86_400_000
const LONGEST_SUBJECT = 400
const LONGEST_SILENCE = 3660 * 86_400_000
const MOST_OWN = 1000

type Which = Pick<AlarmSetting, 'name' | 'subject'>

export function alarmOperations({ settings, alerts, live, now, by }: OperationContext): OperationsOf<'alarm'> {
  const found = ({ name, subject }: Which): AlarmSetting | undefined =>
    settings.read().alarms.find((one) => one.name === name && one.subject === subject)
  const put = (which: Which, change: Partial<Pick<AlarmSetting, 'terms' | 'silence'>>): AlarmSetting => {
    const known = found(which)
    if (known === undefined && settings.read().alarms.length >= MOST_OWN)
      throw refused(`Alarms have ${MOST_OWN} settings of their own already.`, "Take some back: 'hms alarms reset'.")
    const made = { ...which, terms: known?.terms ?? null, silence: known?.silence ?? null, ...change, by, at: now() }
    settings.putAlarm(made, by)
    return made
  }
  return {
    'alarm.list': async (values) => {
      new Params(values).done()
      const { alarms } = settings.read()
      const firing = live().alarms
      return ALARM_NAMES.map((name) => viewOf(name, alarms, firing))
    },
    'alarm.set': async (values) => {
      const params = new Params(values)
      const which = targetOf(params)
      const before = [found(which), found({ ...which, subject: null })].find((one) => one !== undefined && one.terms !== null)?.terms
      const terms = termsFrom(params, which.name, before === undefined || before === null || before === 'off' ? ALARMS[which.name] : before)
      params.done()
      return put(which, { terms })
    },
    'alarm.silence': async (values) => {
      const params = new Params(values)
      const which = targetOf(params)
      const until = untilFrom(params, now())
      params.done()
      return put(which, { silence: { until } })
    },
    'alarm.unsilence': async (values) => {
      const params = new Params(values)
      const which = targetOf(params)
      params.done()
      const known = found(which)
      if (known === undefined || known.silence === null) return { removed: false }
      if (known.terms === null) return { removed: settings.removeAlarm(which, by) }
      put(which, { silence: null })
      return { removed: true }
    },
    'alarm.reset': async (values) => {
      const params = new Params(values)
      const which = targetOf(params)
      params.done()
      alerts.reset(which.name, which.subject)
      settings.removeAlarm(which, by)
      return { removed: true }
    },
    'alarm.test': async (values) => {
      const params = new Params(values)
      const which = targetOf(params)
      params.done()
      return alerts.test(by, which)
    },
  }
}

/** Null: until somebody ends it. */
function untilFrom(params: Params, now: number): number | null {
  const until = params.optional('until', () => params.count('until', { least: 0, most: Number.MAX_SAFE_INTEGER })) ?? null
  if (until !== null && until <= now) throw refused('until is over already: nothing would be silent.', 'Name a time to come.')
  if (until !== null && until > now + LONGEST_SILENCE)
    throw refused('until is more than ten years from now.', 'Leave it out for a silence that somebody ends.')
  return until
}

function targetOf(params: Params): Which {
  const name = params.choice('name', ALARM_NAMES)
  const subject = params.optional('subject', () => params.text('subject', LONGEST_SUBJECT)) ?? null
  if (subject !== null && ALARMS[name].of === null) throw refused(`The alarm ${name} has no subjects.`, 'Leave out the subject.')
  return { name, subject }
}

function termsFrom(params: Params, name: AlarmName, before: AlarmTerms): AlarmTerms | 'off' {
  const threshold = params.optional('threshold', () => thresholdFrom(params, name)) ?? before.threshold
  const time = params.optional('for', () => params.count('for', { least: 0, most: LONGEST })) ?? before.for
  return params.flag('off') ? 'off' : { threshold, for: time }
}

function thresholdFrom(params: Params, name: AlarmName): number {
  const value = params.raw('threshold')
  if (typeof value !== 'number' || !(value >= 0 && value <= MOST_THRESHOLD)) throw refused('threshold must be a number from 0 to 10^12.')
  if (ALARMS[name].unit === 'yes' && value !== 1)
    throw refused(
      `The alarm ${name} is about something that is so or not: its threshold is 1.`,
      `Switch it off instead: 'hms alarms off ${name}'.`,
    )
  if (ALARMS[name].fires === 'from' && value === 0) throw refused('With a threshold of 0 it would always fire.')
  return value
}

function viewOf(name: AlarmName, settings: readonly AlarmSetting[], firing: readonly FiringAlarm[]): AlarmView {
  const { severity, of, unit, fires, what, mend, threshold, for: time } = ALARMS[name]
  const shipped = { threshold, for: time }
  const own = settings.filter((one) => one.name === name)
  const all = own.find(({ subject }) => subject === null)
  const terms = all?.terms ?? shipped
  return {
    name,
    severity,
    of,
    unit,
    fires,
    what,
    mend,
    terms: terms === 'off' ? null : terms,
    shipped,
    silence: all?.silence ?? null,
    own: own.filter(({ subject }) => subject !== null),
    firing: firing.filter((one) => one.name === name),
  }
}
