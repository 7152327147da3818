// Alarms and notices of the server, wherever one is in the panel.
import { ActionIcon, Indicator, Popover } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Status } from '../../../client/src/index.ts'
import { Icon } from '../parts/icons.tsx'
import { Badge, Sign } from '../parts/layout.tsx'
import { ago, number } from '../texts/format.ts'
import { shell } from '../texts/shell.ts'
import { useLiveStatus } from './live.ts'

export function AlarmBell(): ReactNode {
  const { value } = useLiveStatus()
  const count = value === null ? 0 : value.alarms.filter(({ silenced }) => !silenced).length + value.alerts.length
  const isGrave = value?.alarms.some(({ severity, silenced }) => severity === 'critical' && !silenced) === true
  return (
    <Popover position="bottom-end" width="min(26rem, 94vw)" shadow="md" trapFocus returnFocus>
      <Indicator disabled={count === 0} label={number(count)} size={16} color={isGrave ? 'red.9' : 'orange.9'} offset={5}>
        <Popover.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={shell.alarms.open(number(count))}>
            <Icon name="bell" />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown aria-label={shell.alarms.title}>
        <div className="hms-stack">
          <h2>{shell.alarms.title}</h2>
          {value !== null && <AlarmList status={value} />}
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}

export function AlarmList({ status: { alarms, alerts } }: { readonly status: Pick<Status, 'alarms' | 'alerts'> }): ReactNode {
  if (alarms.length + alerts.length === 0)
    return (
      <div className="hms-row">
        <Sign tone="ok" />
        <span>{shell.alarms.none}</span>
      </div>
    )
  return (
    <ul className="hms-alarms">
      {alarms.map(({ name, subject, severity, since, what, mend, silenced }) => (
        <li key={`${name} ${subject ?? ''}`}>
          <Sign tone={severity === 'critical' ? 'bad' : 'warn'} />
          <div>
            <strong>{what}</strong>
            <p>{mend}</p>
            <p className="hms-muted hms-small">
              <code>{name}</code> · {shell.alarms.since(ago(since))} {silenced && <Badge tone="quiet">{shell.alarms.silenced}</Badge>}
            </p>
          </div>
        </li>
      ))}
      {alerts.map(({ key, at, what, mend }) => (
        <li key={`${key ?? what} ${at}`}>
          <Sign tone="warn" />
          <div>
            <strong>{what}</strong>
            <p>{mend}</p>
            <p className="hms-muted hms-small">{shell.alarms.since(ago(at))}</p>
          </div>
        </li>
      ))}
    </ul>
  )
}
