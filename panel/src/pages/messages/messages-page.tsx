// The search among messages: what happened to them, and what waits in the queue.
import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { useMay } from '../../app/session.ts'
import { Icon } from '../../parts/icons.tsx'
import { Page } from '../../parts/layout.tsx'
import { messages as words } from '../../texts/messages.ts'
import { EventTable } from './event-table.tsx'
import { FilterBar } from './filter-bar.tsx'
import { QueueTable } from './queue-table.tsx'
import { messagesRoute } from './routes.ts'
import type { MessageSearch } from './search.ts'
import { TestMail } from './test-mail.tsx'
import './messages.css'

export function MessagesPage(): ReactNode {
  const search = messagesRoute.useSearch()
  const navigate = messagesRoute.useNavigate()
  const may = useMay()
  const [opened, { open, close }] = useDisclosure(false)
  const set = (next: MessageSearch): void => void navigate({ search: next })
  const actions = may('queue.mailTest') && (
    <Button leftSection={<Icon name="send" size={16} />} onClick={open}>
      {words.test}
    </Button>
  )
  return (
    <Page title={words.title} about={words.about} actions={actions}>
      <FilterBar search={search} set={set} />
      {search.view === 'queue' ? <QueueTable key={JSON.stringify(search)} search={search} /> : <EventTable search={search} />}
      <TestMail opened={opened} close={close} />
    </Page>
  )
}
