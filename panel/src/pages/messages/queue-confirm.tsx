// What can be done to mail in the queue, asked for once more with a count of what it is about.
import type { ReactNode } from 'react'
import type { QueueSelection } from '../../../../client/src/index.ts'
import { api, type CallName } from '../../app/api.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { number } from '../../texts/format.ts'
import { messages as words } from '../../texts/messages.ts'

export type ActionName = 'retry' | 'hold' | 'release' | 'bounce' | 'delete'

export const ACTIONS: readonly { readonly name: ActionName; readonly needs: CallName }[] = [
  { name: 'retry', needs: 'queue.retry' },
  { name: 'hold', needs: 'queue.hold' },
  { name: 'release', needs: 'queue.release' },
  { name: 'bounce', needs: 'queue.bounce' },
  { name: 'delete', needs: 'queue.delete' },
]

interface QueueConfirmProps {
  readonly action: ActionName
  readonly selection: QueueSelection
  readonly done: () => void
  readonly close: () => void
}

export function QueueConfirm({ action, selection, done, close }: QueueConfirmProps): ReactNode {
  const { ids } = selection
  return (
    <Confirm
      opened
      title={words.actions[action]}
      count={() => api.queue.count(selection)}
      about={({ messages, recipients }) =>
        recipients === 0
          ? words.actions.nothing
          : words.actions.about[action](
              words.countMessages(messages, number(messages)),
              words.countRecipients(recipients, number(recipients)),
            )
      }
      action={({ recipients }) => (recipients === 0 ? null : words.actions[action])}
      isGrave={action === 'delete' || action === 'bounce'}
      run={() => api.queue[action](selection)}
      done={done}
      close={close}
      command={
        <AsCommand
          hms={ids === undefined ? null : `queue ${action} ${ids.slice(0, 20).join(' ')}`}
          call={`POST /queue/${action}`}
          body={selection}
        />
      }
    />
  )
}
