// `hms alarms`: what the server watches by itself, what fires, from when on it is told, and who is to be left in peace.
import type { Command } from 'commander'
import { systemClock } from '../../../base/clock.ts'
import { formatDuration, parseDuration } from '../../../base/quantities.ts'
import { ALARM_NAMES, ALARMS, type AlarmName } from '../../../contract/alarm-table.ts'
import type { AlarmSetting, AlarmView, FiringAlarm } from '../../../contract/alarms.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'
import { dateTime, withLocalTimes } from '../../output/when.ts'
import { amountOf, parseAmount } from '../../output/alarm-amounts.ts'
import { waysWords } from './alerts.ts'

interface Target {
  readonly subject?: string
}

const SUBJECT = ['--subject <what>', 'of this site, worker, domain, address or account only'] as const

export function register(command: Command, cli: Cli): void {
  const print = (setting: AlarmSetting): void => cli.answer(setting, settingWords)
  command
    .command('ls')
    .description('list the alarms, when each fires, and what fires now')
    .option('--firing', 'only what fires now, with what to do')
    .action(async ({ firing }: { firing?: true }) => {
      const alarms = await cli.call('alarm.list', {})
      if (firing === true)
        cli.answer(
          alarms.flatMap((one) => one.firing),
          firingWords,
        )
      else cli.answer(alarms, (all) => listing(all, cli.terminal.width))
    })
  command
    .command('set <alarm>')
    .description('change when an alarm fires; what is not named stays')
    .option(...SUBJECT)
    .option('--threshold <n>', 'it fires from so much on, or below it: 30m, 5%, 3')
    .option('--for <time>', 'when it was so for that long: 0s, 90s, 10m', span)
    .action(async (alarm: string, { threshold, for: time, subject }: Target & { threshold?: string; for?: number }) => {
      if (threshold === undefined && time === undefined)
        throw badArgument('Nothing to change was named.', "'hms alarms set --help' lists what there is.")
      const name = alarmName(alarm)
      const change = {
        name,
        ...(subject !== undefined && { subject }),
        ...(threshold !== undefined && { threshold: thresholdOf(name, threshold) }),
        ...(time !== undefined && { for: time }),
      }
      print(await cli.call('alarm.set', change))
    })
  command
    .command('off <alarm>')
    .description('switch an alarm off')
    .option(...SUBJECT)
    .action(async (alarm: string, target: Target) => print(await cli.call('alarm.set', { name: alarmName(alarm), ...target, off: true })))
  registerSilence(command, cli, print)
  command
    .command('reset <alarm>')
    .description('let an alarm be as shipped; what changed outside counts as right from now on')
    .option(...SUBJECT)
    .action(async (alarm: string, target: Target) => {
      const name = alarmName(alarm)
      cli.answer(await cli.call('alarm.reset', { name, ...target }), () => `The alarm ${name}${ofWhat(target)} is as shipped.\n`)
    })
  command
    .command('test <alarm>')
    .description('tell an alarm as a test, to try whether it arrives')
    .option(...SUBJECT)
    .action(async (alarm: string, target: Target) =>
      cli.answer(await cli.call('alarm.test', { name: alarmName(alarm), ...target }), waysWords),
    )
  command.addHelpText(
    'after',
    '\nExamples:\n  hms alarms ls\n  hms alarms ls --firing\n  hms alarms set oldest-due --subject mx.example.net --threshold 6h' +
      '\n  hms alarms silence worker-restarts --for 2h\n  hms alarms off disk-days\n  hms alarms test no-delivery',
  )
}

function registerSilence(command: Command, cli: Cli, print: (setting: AlarmSetting) => void): void {
  command
    .command('silence <alarm>')
    .description('tell nobody, until a time or for good; it still shows in hms status')
    .option(...SUBJECT)
    .option('--for <time>', 'for 90s, 10m, 2h, 1d (else for good)', span)
    .action(async (alarm: string, { for: time, ...target }: Target & { for?: number }) => {
      if (time === 0) throw badArgument('A silence of no time is none.', "Name a time, such as 2h; 'hms alarms unsilence' ends one.")
      const until = time === undefined ? {} : { until: systemClock.now() + time }
      print(await cli.call('alarm.silence', { name: alarmName(alarm), ...target, ...until }))
    })
  command
    .command('unsilence <alarm>')
    .description('tell people again')
    .option(...SUBJECT)
    .action(async (alarm: string, target: Target) => {
      const name = alarmName(alarm)
      const result = await cli.call('alarm.unsilence', { name, ...target })
      cli.answer(result, ({ removed }) => `The alarm ${name}${ofWhat(target)} ${removed ? 'is told again' : 'was not silenced'}.\n`)
    })
}

function ofWhat({ subject }: Target): string {
  return subject === undefined ? '' : ` of ${subject}`
}

function alarmName(text: string): AlarmName {
  const found = ALARM_NAMES.find((name) => name === text)
  if (found === undefined) throw badArgument(`"${text}" is no alarm.`, `They are ${ALARM_NAMES.join(', ')}.`)
  return found
}

function thresholdOf(name: AlarmName, text: string): number {
  const value = parseAmount(ALARMS[name].unit, text)
  if (value === undefined) throw badArgument(`"${text}" is no threshold of ${name}.`, thresholdHelp(name))
  return value
}

function thresholdHelp(name: AlarmName): string {
  const { unit, threshold } = ALARMS[name]
  if (unit !== 'yes') return `Write it as ${amountOf(unit, threshold)}, which it is as shipped.`
  return "It is so, or it is not: there is no amount to set. '--for' says how long it must be so, 'hms alarms off' switches it off."
}

function span(text: string): number {
  const value = parseDuration(text)
  if (value === undefined) throw badArgument(`"${text}" is no time such as 90s, 10m, 2h or 1d.`)
  return value
}

function settingWords({ name, subject, terms, silence }: AlarmSetting): string {
  const when =
    terms === null
      ? 'fires as before'
      : terms === 'off'
        ? 'is off'
        : `fires ${firesWords(name, terms.threshold)}, after ${formatDuration(terms.for)}`
  const who = silence === null ? '' : `, and nobody is told${silence.until === null ? '' : ` until ${dateTime(silence.until)}`}`
  const back = silence?.until === null ? `'hms alarms unsilence ${name}' ends the silence.\n` : ''
  return `The alarm ${name}${subject === null ? '' : ` of ${visible(subject)}`} ${when}${who}.\n${back}`
}

function firesWords(name: AlarmName, threshold: number): string {
  const { unit, fires } = ALARMS[name]
  return unit === 'yes' ? 'once it is so' : `${fires} ${amountOf(unit, threshold)}`
}

function firingWords(firing: readonly FiringAlarm[]): string {
  if (firing.length === 0) return 'No alarm fires.\n'
  return firing
    .map(({ name, severity, since, what, mend, silenced }) => {
      const head = `${severity === 'critical' ? 'CRITICAL' : 'ALARM'} ${name}, since ${dateTime(since)}${silenced ? ' (silenced)' : ''}`
      return `${head}: ${visible(withLocalTimes(what))}\n      ${visible(mend)}\n`
    })
    .join('')
}

function listing(alarms: readonly AlarmView[], width: number): string {
  const rows = alarms.flatMap((alarm) => [
    { alarm, subject: null as string | null, terms: alarm.terms, silence: alarm.silence, isFirst: true },
    ...alarm.own.map(({ subject, terms, silence }) => ({
      alarm,
      subject,
      terms: terms === 'off' ? null : (terms ?? alarm.terms),
      silence,
      isFirst: false,
    })),
  ])
  return table(
    rows,
    [
      { title: 'ALARM', of: ({ alarm }) => alarm.name },
      { title: 'SUBJECT', of: ({ alarm, subject }) => visible(subject ?? (alarm.of === null ? '' : `all ${alarm.of}`)) },
      { title: 'THRESHOLD', of: ({ alarm, terms }) => (terms === null ? 'off' : firesWords(alarm.name, terms.threshold)) },
      { title: 'FOR', of: ({ terms }) => (terms === null ? null : formatDuration(terms.for)) },
      { title: 'SILENCED', of: ({ silence }) => (silence === null ? null : silence.until === null ? 'for good' : dateTime(silence.until)) },
      { title: 'STATUS', of: ({ alarm, isFirst }) => (isFirst && alarm.firing.length > 0 ? `${alarm.firing.length} firing` : null) },
      { title: 'MONITORS', of: ({ alarm }) => alarm.what, shrinks: true },
    ],
    width,
    'No alarms.',
  )
}
