// `hms status`: one screen on how the server and its queue are.
import { systemClock } from '../../../base/clock.ts'
import type { Command } from 'commander'
import type { DiskUse } from '../../../contract/data-kept.ts'
import type { AlarmName } from '../../../contract/alarm-table.ts'
import type { Status } from '../../../contract/operations.ts'
import type { WebhooksStatus } from '../../../contract/webhooks.ts'
import type { Cli } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { dataTable, diskRows } from './status-disk.ts'
import { type HomeOnDisk, homeOnDisk, homeRows } from './status-home.ts'
import { machineText, useOf } from './status-machine.ts'
import { visible } from '../../output/visible.ts'
import { counted, dateTime, relative, withLocalTimes } from '../../output/when.ts'

export function register(command: Command, cli: Cli): void {
  command
    .option('--machine', 'also how busy the machine and the processes of the server are')
    .addHelpText('after', '\nExamples:\n  hms status\n  hms status --machine\n  hms status --json')
    .action(async (options: { readonly machine?: true }) => {
      const machine = options.machine === true ? await useOf(cli) : null
      const status = await cli.call('status', {})
      const disk = await cli.call('disk.use', {})
      const home = cli.isConsole === true ? null : await homeOnDisk(cli)
      cli.answer({ ...status, home, disk, ...(machine !== null && { machine }) }, (all) => {
        const text = describe(all, cli.terminal.width)
        return machine === null ? text : `${text}\n${machineText(machine, cli.terminal.width)}`
      })
    })
}

/** Alarms about what stands there as ALERT. */
const SHOWN: ReadonlySet<AlarmName> = new Set(['trouble', 'spool-failing', 'worker-silent', 'worker-restarts'])

function describe(status: Status & { readonly home: HomeOnDisk | null; readonly disk: DiskUse }, width: number): string {
  const since = status.startedAt === null ? '' : `, started ${relative(status.startedAt, systemClock.now())}`
  const parts = [
    fields([
      ['server', status.running ? `${status.stopping.length > 0 ? 'stopping' : 'running'}, version ${status.version}${since}` : 'stopped'],
      ['queued', status.running && status.workers.length === 0 ? 'unknown: no worker responds' : counted(status.queued, 'recipient')],
      ['accepted', counted(status.accepted, 'recipient')],
      ['delivered', counted(status.delivered, 'recipient')],
      ['deferred', counted(status.deferred, 'time')],
      ['failed', counted(status.failed, 'recipient')],
      ['deleted', counted(status.deleted, 'recipient')],
      ...(status.endedByRestore === 0 ? [] : [['by restore', byRestore(status.endedByRestore)] as const]),
      ...(status.webhooks === undefined ? [] : [['webhooks', webhooksInWords(status.webhooks)] as const]),
      ...(status.home === null ? [] : homeRows(status.home, status.version)),
      ...diskRows(status.disk),
    ]),
    dataTable(status.disk, width),
  ]
  if (status.workers.length > 0) parts.push(workers(status, width))
  for (const { at, what, mend } of status.alerts)
    parts.push(`ALERT ${dateTime(at)}: ${visible(withLocalTimes(what))}\n      ${visible(mend)}\n`)
  // What the others show as ALERT, and what more alarms saw.
  for (const { name, severity, since, what, mend, silenced } of status.alarms)
    if (!SHOWN.has(name))
      parts.push(
        `${severity === 'critical' ? 'CRITICAL' : 'ALARM'} ${dateTime(since)}${silenced ? ' (silenced)' : ''}: ${visible(withLocalTimes(what))}\n      ${visible(mend)}\n`,
      )
  if (status.stopping.length > 0) parts.push(`Stopping, waiting for:\n${status.stopping.map((what) => `  ${visible(what)}\n`).join('')}`)
  return parts.join('\n')
}

function webhooksInWords({ well, failing, dead, off, givenUp }: WebhooksStatus): string {
  const parts = [
    `${well} healthy`,
    ...(failing > 0 ? [`${failing} failing`] : []),
    ...(dead > 0 ? [`${dead} stopped`] : []),
    ...(off > 0 ? [`${off} disabled`] : []),
  ]
  return `${parts.join(', ')}${givenUp === 0 ? '' : `; ${counted(givenUp, 'event')} dropped`}`
}

function byRestore(ended: number): string {
  const was = Math.abs(ended) === 1 ? 'was' : 'were'
  return ended > 0
    ? `${counted(ended, 'recipient')} ${was} lost or finished in the meantime`
    : `${counted(-ended, 'recipient')} ${was} put back`
}

function workers(status: Status, width: number): string {
  return table(
    status.workers,
    [
      { title: 'WORKER', of: (worker) => worker.slot, right: true },
      { title: 'PID', of: (worker) => worker.pid, right: true },
      { title: 'SHARDS', of: (worker) => worker.shards.toSorted((a, b) => a - b).join(' ') },
      { title: 'QUEUED', of: (worker) => worker.queued, right: true },
      { title: 'IN', of: (worker) => worker.inboundOpen, right: true },
      { title: 'OUT', of: (worker) => worker.outboundOpen, right: true },
      { title: 'IN FLIGHT', of: (worker) => worker.sending, right: true },
      { title: 'HEALTH', of: (worker) => (worker.reason === null ? worker.health : `${worker.health}: ${worker.reason}`), shrinks: true },
    ],
    width,
    'No workers.',
  )
}
