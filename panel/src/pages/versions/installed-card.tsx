// Versions that are installed beside each other: a newer one is taken, an older one gone back to.
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { LifecycleView } from '../../../../client/src/index.ts'
import { useMay } from '../../app/session.ts'
import { Badge, Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { versions } from '../../texts/versions.ts'

const words = versions.installed
const columns = words.columns

interface InstalledProps {
  readonly view: LifecycleView
  readonly change: (kind: 'upgrade' | 'downgrade', version: string) => void
}

interface TableProps extends InstalledProps {
  readonly isOffered: boolean
}

function columnsFor({ view, change, isOffered }: TableProps): readonly Column<string>[] {
  return [
    { id: 'version', title: columns.version, isFixed: true, cell: (version) => <strong>{version}</strong> },
    { id: 'state', title: columns.state, isFixed: true, cell: (version) => <VersionState version={version} view={view} /> },
    {
      id: 'actions',
      title: columns.actions,
      isFixed: true,
      cell: (version) => isOffered && <ChangeButton version={version} view={view} change={change} />,
    },
  ]
}

interface VersionProps {
  readonly version: string
  readonly view: LifecycleView
}

function VersionState({ version, view }: VersionProps): ReactNode {
  if (version === view.version) return <Badge tone="ok">{words.runs}</Badge>
  return version === view.current && <Badge tone="warn">{words.next}</Badge>
}

function ChangeButton({ version, view, change }: VersionProps & Pick<InstalledProps, 'change'>): ReactNode {
  // They come oldest first.
  const [running, at] = [view.versions.indexOf(view.version), view.versions.indexOf(version)]
  if (running < 0 || at === running) return null
  const isNewer = at > running
  return (
    <Button
      size="compact-xs"
      variant="default"
      aria-label={isNewer ? versions.upload.upgradeOf(version) : words.downOf(version)}
      onClick={() => change(isNewer ? 'upgrade' : 'downgrade', version)}
    >
      {isNewer ? words.up : words.down}
    </Button>
  )
}

export function InstalledCard({ view, change }: InstalledProps): ReactNode {
  const may = useMay()
  const isOffered = view.changeable && may('lifecycle.upgrade', 'lifecycle.downgrade')
  return (
    <Card title={words.title} flush>
      <DataTable
        name="versions"
        label={words.table}
        columns={columnsFor({ view, change, isOffered })}
        rows={view.versions.toReversed()}
        keyOf={(version) => version}
        empty={
          <Empty icon="server" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
    </Card>
  )
}
