// What is wrong now, in words, with what to do and the way there: in the bell, on the overview, on the page of alerts.
import type { ReactNode } from 'react'
import type { AlarmName } from '../../../client/src/index.ts'
import { Badge, Sign, type Tone } from '../parts/layout.tsx'
import { ago } from '../texts/format.ts'
import { shell } from '../texts/shell.ts'
import { MendLink } from './mends.tsx'
import { noticesOf, type Trouble } from './notices.ts'

interface ListProps {
  readonly status: Trouble
  /** What can be done about an alarm here. */
  readonly actions?: (name: AlarmName, subject: string | null, silenced: boolean) => ReactNode
}

export function AlarmList({ status, actions }: ListProps): ReactNode {
  const notices = noticesOf(status)
  if (status.alarms.length + notices.length === 0)
    return (
      <div className="hms-row">
        <Sign tone="ok" />
        <span>{shell.alarms.none}</span>
      </div>
    )
  return (
    <ul className="hms-alarms">
      {status.alarms.map(({ name, subject, severity, since, what, mend, silenced }) => (
        <Trouble
          key={`${name} ${subject ?? ''}`}
          tone={silenced ? 'quiet' : severity === 'critical' ? 'bad' : 'warn'}
          what={what}
          mend={mend}
          more={
            <>
              <code>{name}</code> · {shell.alarms.since(ago(since))} {silenced && <Badge tone="quiet">{shell.alarms.silenced}</Badge>}
            </>
          }
        >
          <MendLink name={name} subject={subject} />
          {actions?.(name, subject, silenced)}
        </Trouble>
      ))}
      {notices.map(({ key, at, what, mend }) => (
        <Trouble key={`${key ?? what} ${at}`} tone="warn" what={what} mend={mend} more={shell.alarms.since(ago(at))}>
          <MendLink name={null} subject={key ?? null} />
        </Trouble>
      ))}
    </ul>
  )
}

interface TroubleProps {
  readonly tone: Tone
  readonly what: string
  readonly mend: string
  readonly more: ReactNode
  readonly children: ReactNode
}

function Trouble({ tone, what, mend, more, children }: TroubleProps): ReactNode {
  return (
    <li>
      <Sign tone={tone} />
      <div>
        <strong>{what}</strong>
        <p>{mend}</p>
        <p className="hms-muted hms-small">{more}</p>
        <div className="hms-row">{children}</div>
      </div>
    </li>
  )
}
