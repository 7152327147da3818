// What receivers find at a domain, line by line: what is wanted, what is there, and what to do.
import type { ReactNode } from 'react'
import type { HealthFinding } from '../../../client/src/index.ts'
import { domains } from '../texts/domains.ts'
import { Sign } from './layout.tsx'
import { STATE_TONES } from './record-table.tsx'

const words = domains.one

export function FindingList({ findings }: { readonly findings: readonly HealthFinding[] }): ReactNode {
  return (
    <ul className="hms-checks">
      {findings.map((finding) => (
        <Line key={`${finding.aspect} ${finding.subject} ${finding.wanted}`} {...finding} />
      ))}
    </ul>
  )
}

function Line({ aspect, subject, state, wanted, found, mend }: HealthFinding): ReactNode {
  return (
    <li>
      <Sign tone={STATE_TONES[state]} />
      <div>
        <p className="hms-break">
          <strong>{domains.aspects[aspect]}</strong> {subject}
          <span className="hms-hidden"> {domains.states[state]}</span>
        </p>
        <p className="hms-muted hms-small hms-break">
          {words.findings.wanted}: {wanted}
        </p>
        <p className="hms-break">
          {words.findings.found}: {found === '' ? words.records.nothing : found}
        </p>
        {mend !== null && <p className="hms-break">{mend}</p>}
      </div>
    </li>
  )
}
