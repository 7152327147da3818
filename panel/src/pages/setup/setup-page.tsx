// The set-up: login, host name, network, first domain, test message. Every step shows what the server knows of it, so that it may be left and
// taken up again by whoever may.
import type { ReactNode } from 'react'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Page } from '../../parts/layout.tsx'
import { setup as words } from '../../texts/setup.ts'
import { DomainStep } from './domain-step.tsx'
import { HostStep } from './host-step.tsx'
import { NetworkStep } from './network-step.tsx'
import { PersonStep } from './person-step.tsx'
import { TestStep } from './test-step.tsx'
import './setup.css'

export function SetupPage(): ReactNode {
  const may = useMay()
  return (
    <Page title={words.title} about={words.about}>
      <PersonStep />
      {may('settings.getConfigDescribe', 'settings.configSet') && <HostStep />}
      {may('status.doctorCheck') && <NetworkStep />}
      {may('domains.list', 'domains.add') && <DomainStep />}
      {may('queue.mailTest') && <TestStep />}
      <AsCommand hms="doctor --network" call="POST /doctor" body={{ network: true }} />
    </Page>
  )
}
