// How the machine is: workers, processors, memory, disk, version.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { DiskUse, MachineUse, Status } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { MendLink } from '../../app/mends.tsx'
import { useMay } from '../../app/session.ts'
import { Badge, Card, Facts, Waiting } from '../../parts/layout.tsx'
import { common } from '../../texts/common.ts'
import { ago, number, size } from '../../texts/format.ts'
import { overview } from '../../texts/overview.ts'

const words = overview.machine
const TIGHT = 0.85
const TONES = { ok: 'ok', full: 'warn', failing: 'bad' } as const

export function Machine({ status }: { readonly status: Status | null }): ReactNode {
  const may = useMay()
  const disk = useQuery({
    queryKey: ['disk'],
    queryFn: ({ signal }) => api.status.diskUse({ signal }),
    enabled: may('status.diskUse'),
    refetchInterval: 60_000,
  })
  const machine = useQuery({
    queryKey: ['machine'],
    queryFn: ({ signal }) => api.status.machineShow({ signal }),
    enabled: may('status.machineShow'),
    refetchInterval: 15_000,
  })
  return (
    <Card title={words.title}>
      {status === null ? (
        <Waiting />
      ) : (
        <Facts
          rows={[
            ...status.workers.map(
              ({ slot, health, reason }) =>
                [
                  words.worker(slot),
                  <span key={slot}>
                    <Badge tone={TONES[health]}>{words.health[health]}</Badge> {reason}
                  </span>,
                ] as const,
            ),
            ...(machine.data === undefined ? [] : busyRows(machine.data)),
            disk.data === undefined ? null : [words.disk, <DiskLine key="disk" use={disk.data} />],
            disk.data === undefined ? null : [words.data, words.dataOf(size(disk.data.counted), size(disk.data.most))],
            [words.started, status.startedAt === null ? common.none : ago(status.startedAt)],
            [words.version, status.version],
          ]}
        />
      )}
    </Card>
  )
}

/** Beyond these, mail begins to wait for the machine. */
const MUCH = { load: 2, memory: 0.1 } as const

function busyRows({ load, processors, memory }: MachineUse): readonly (readonly [string, ReactNode])[] {
  const isBusy = load > MUCH.load * processors
  const isShort = memory.free < MUCH.memory * memory.bytes
  return [
    [
      words.load,
      <span key="load">
        {words.loadOf(number(Math.round(load * 10) / 10), processors)} {isBusy && <Badge tone="warn">{words.busy}</Badge>}
      </span>,
    ],
    [
      words.memory,
      <span key="memory">
        {words.diskFree(size(memory.free), size(memory.bytes))} {isShort && <Badge tone="warn">{words.short}</Badge>}
      </span>,
    ],
  ]
}

function DiskLine({ use: { disk } }: { readonly use: DiskUse }): ReactNode {
  const used = disk.bytes === 0 ? 0 : 1 - disk.free / disk.bytes
  return (
    <>
      {words.diskFree(size(disk.free), size(disk.bytes))}
      <div className={`hms-meter hms-tone-${used > 0.95 ? 'bad' : used > TIGHT ? 'warn' : 'ok'}`}>
        <span style={{ width: `${Math.round(used * 100)}%` }} />
      </div>
      {used > TIGHT && <MendLink name="disk-days" subject={null} />}
      {disk.daysLeft !== null && <span className="hms-muted hms-small">{words.diskLasts(number(Math.floor(disk.daysLeft)))}</span>}
    </>
  )
}
