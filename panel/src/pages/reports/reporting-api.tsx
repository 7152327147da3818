// Lists of single messages, as programs of the original's Reporting API read them.
import { Select } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useMay, useMe } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Card } from '../../parts/layout.tsx'
import { reports } from '../../texts/reports.ts'

const words = reports.api
type Call = keyof typeof words.calls

export function ReportingApi({ account }: { readonly account: string | undefined }): ReactNode {
  const may = useMay()
  const own = useMe().account
  const [call, setCall] = useState<Call>('messagesFailed')
  const of = account ?? (own === null ? '1001' : String(own))
  const line = `curl -u "reports:$KEY" '${location.origin}/v1/${call}?serverId=${of}&type=csv'`
  const keys = may('keys.add') && (
    <ButtonLink to="/keys" variant="default" size="xs">
      {words.keys}
    </ButtonLink>
  )
  return (
    <Card title={words.title} about={words.about} actions={keys}>
      <div className="hms-stack">
        <Select
          label={words.call}
          allowDeselect={false}
          value={call}
          data={(Object.keys(words.calls) as Call[]).map((value) => ({ value, label: words.calls[value] }))}
          onChange={(value) => setCall((value ?? call) as Call)}
          className="hms-report-call"
        />
        <CodeLine text={line} what={words.line} />
      </div>
    </Card>
  )
}
