// What the server does by itself: how often, how many, where, and whether somebody without the passphrase could read it.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { BackupView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { Card, Figure, Notice } from '../../parts/layout.tsx'
import { common } from '../../texts/common.ts'
import { ago } from '../../texts/format.ts'
import { backups } from '../../texts/backups.ts'

const words = backups.plan

/** As the file has a text that is none. */
const EMPTY = '""'

interface PlanProps {
  readonly newest: BackupView | undefined
  readonly verified: BackupView | undefined
}

export function Plan({ newest, verified }: PlanProps): ReactNode {
  const may = useMay()
  const options = useQuery({
    queryKey: ['settings', 'list'],
    queryFn: async ({ signal }) => (await api.settings.configDescribe({ limit: 1000 }, { signal })).data,
    enabled: may('settings.configDescribe'),
  })
  const value = (name: string): string | undefined => options.data?.find((one) => one.name === name)?.now
  const [every, keep, folder, sealed] = ['backup.every', 'backup.keep', 'backup.folder', 'backup.passphrase_file'].map(value)
  const isOff = every !== undefined && /^0\D*$/.test(every)
  const change = (
    <ButtonLink to="/settings" search={{ find: 'backup.' }} size="xs" variant="default">
      {words.change}
    </ButtonLink>
  )
  return (
    <>
      {isOff ? (
        <Notice tone="warn" title={words.noneNotice} actions={change}>
          {words.noneWhat}
        </Notice>
      ) : (
        folder === EMPTY && <Notice tone="info" title={words.sameDisk} actions={change} />
      )}
      <Card title={words.title} actions={may('settings.configDescribe') && change} flush>
        <dl className="hms-figures hms-figures-in">
          <Figure label={words.newest} value={newest === undefined ? words.none : ago(newest.at)} />
          <Figure label={words.checked} value={verified?.verifiedAt == null ? words.never : ago(verified.verifiedAt)} />
          <Figure label={words.every} value={every === undefined ? common.none : isOff ? words.off : every} />
          <Figure label={words.keep} value={keep ?? common.none} />
          <Figure label={words.encrypted} value={sealed === undefined ? common.none : sealed === EMPTY ? backups.no : backups.yes} />
        </dl>
      </Card>
    </>
  )
}
