// What `hms status --machine` tells: how busy the machine and the processes are, and where mail waits longest.
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../../base/clock.ts'
import type { MachineUse, ProcessUse } from '../../../contract/machine.ts'
import type { Cli } from '../../cli.ts'
import { fields, table } from '../../output/table.ts'
import { octets, relative } from '../../output/when.ts'

/** Between two looks: what a process took is told from the second on. */
const LOOKED = 1000
const SITES = 10

export async function useOf(cli: Cli): Promise<MachineUse> {
  await cli.call('machine.show', {})
  await wait(LOOKED)
  return cli.call('machine.show', {})
}

export function machineText({ processors, load, memory, desk, workers, oldest }: MachineUse, width: number): string {
  const rows = [...workers.map((one) => ({ name: `worker ${one.slot}`, ...one })), { name: 'desk', ...desk }]
  const commits = new Map(workers.map(({ slot, commitTime }) => [`worker ${slot}`, commitTime]))
  const parts = [
    fields([
      ['load', `${load.toFixed(2)} of ${processors} processors`],
      ['memory', `${octets(memory.free)} of ${octets(memory.bytes)} free`],
    ]),
    table(
      rows,
      [
        { title: 'PROCESS', of: ({ name }) => name },
        { title: 'MEMORY', of: (one) => octets(one.memory), right: true },
        { title: 'PROCESSOR', of: percent, right: true },
        { title: 'LATE', of: ({ lateness }) => milliseconds(lateness), right: true },
        { title: 'COMMIT', of: ({ name }) => milliseconds(commits.get(name) ?? null), right: true },
      ],
      width,
      '',
    ),
  ]
  if (oldest.length > 0) {
    const now = systemClock.now()
    const columns = [
      { title: 'SITE', of: ({ site }: MachineUse['oldest'][0]) => site, shrinks: true },
      { title: 'DUE SINCE', of: ({ due }: MachineUse['oldest'][0]) => relative(due, now) },
    ]
    parts.push(table(oldest.slice(0, SITES), columns, width, ''))
  }
  return parts.join('\n')
}

const percent = ({ processor }: ProcessUse): string | null => (processor === null ? null : `${Math.round(processor * 100)} %`)
const milliseconds = (time: number | null): string | null => (time === null ? null : `${time.toFixed(1)} ms`)
