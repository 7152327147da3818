// What receivers find at a domain, and what the large providers ask for beside it.
import type { ReactNode } from 'react'
import type { DomainHealth, SenderRequirement } from '../../../../client/src/index.ts'
import { FindingList } from '../../parts/finding-list.tsx'
import { Card, Notice, Sign } from '../../parts/layout.tsx'
import { STATE_TONES } from '../../parts/record-table.tsx'
import { domains } from '../../texts/domains.ts'

const words = domains.one
const PROVIDERS = ['gmail', 'yahoo', 'microsoft'] as const

export function Findings({ health: { findings, indirect } }: { readonly health: DomainHealth }): ReactNode {
  return (
    <Card title={words.findings.title} about={words.findings.about}>
      {indirect.length > 0 && <Notice tone="info" title={words.findings.indirect(indirect.join(', '))} />}
      <FindingList findings={findings} />
    </Card>
  )
}

export function Providers({ health: { requirements } }: { readonly health: DomainHealth }): ReactNode {
  return (
    <Card title={words.providers.title} about={words.providers.about}>
      <div className="hms-grid hms-providers">
        {PROVIDERS.map((provider) => (
          <section key={provider} aria-label={words.providers.names[provider]}>
            <h3>{words.providers.names[provider]}</h3>
            <ul className="hms-checks">
              {requirements
                .filter((one) => one.provider === provider)
                .map((one) => (
                  <Requirement key={one.wanted} {...one} />
                ))}
            </ul>
          </section>
        ))}
      </div>
    </Card>
  )
}

function Requirement({ wanted, state, found }: SenderRequirement): ReactNode {
  return (
    <li>
      <Sign tone={STATE_TONES[state]} />
      <div>
        <p>
          {wanted}
          <span className="hms-hidden"> {domains.states[state]}</span>
        </p>
        <p className="hms-muted hms-small hms-break">{found}</p>
      </div>
    </li>
  )
}
