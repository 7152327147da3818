// How the machine is: workers, disk, version.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { DiskUse, Status } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Badge, Card, Facts, Waiting } from '../../parts/layout.tsx'
import { common } from '../../texts/common.ts'
import { ago, number, size } from '../../texts/format.ts'
import { overview } from '../../texts/overview.ts'

const words = overview.machine
const TONES = { ok: 'ok', full: 'warn', failing: 'bad' } as const

export function Machine({ status }: { readonly status: Status | null }): ReactNode {
  const may = useMay()
  const disk = useQuery({
    queryKey: ['disk'],
    queryFn: ({ signal }) => api.status.diskUse({ signal }),
    enabled: may('status.diskUse'),
    refetchInterval: 60_000,
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

function DiskLine({ use: { disk } }: { readonly use: DiskUse }): ReactNode {
  const used = disk.bytes === 0 ? 0 : 1 - disk.free / disk.bytes
  return (
    <>
      {words.diskFree(size(disk.free), size(disk.bytes))}
      <div className={`hms-meter hms-tone-${used > 0.95 ? 'bad' : used > 0.85 ? 'warn' : 'ok'}`}>
        <span style={{ width: `${Math.round(used * 100)}%` }} />
      </div>
      {disk.daysLeft !== null && <span className="hms-muted hms-small">{words.diskLasts(number(Math.floor(disk.daysLeft)))}</span>}
    </>
  )
}
