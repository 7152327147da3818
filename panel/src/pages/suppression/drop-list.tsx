// A list is removed with all that is on it; while accounts use it the server refuses, and the way to their settings is shown.
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { SuppressionListView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { number } from '../../texts/format.ts'
import { suppression } from '../../texts/suppression.ts'
import { idsText } from './suppression-page.tsx'

const words = suppression.drop

interface DropProps {
  readonly list: SuppressionListView
  readonly opened: boolean
  readonly close: () => void
}

const usersOf = ({ checkedBy, addedToBy }: SuppressionListView): readonly number[] => [...new Set([...checkedBy, ...addedToBy])]

export function DropList({ list: { name }, opened, close }: DropProps): ReactNode {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return (
    <Confirm
      opened={opened}
      title={words.button}
      count={() => api.suppression.get(name)}
      about={aboutOf}
      action={(now) => (usersOf(now).length > 0 ? null : words.button)}
      isGrave
      run={() => api.suppression.drop(name)}
      done={() => {
        void navigate({ to: '/suppression' })
        void queries.invalidateQueries({ queryKey: ['suppression', 'lists'] })
      }}
      close={close}
      command={<AsCommand hms={`suppression drop ${quoted(name)}`} call={`DELETE /suppression/lists/${name}`} />}
    />
  )
}

function aboutOf(list: SuppressionListView): ReactNode {
  const users = usersOf(list)
  if (users.length === 0) return words.about(list.name, number(list.entries))
  return (
    <div className="hms-stack-tight">
      <p>{words.used(idsText(users))}</p>
      {users.slice(0, 3).map((id) => (
        <ButtonLink key={id} to="/accounts/$id" params={{ id: String(id) }} search={{ tab: 'settings' }} variant="default" size="xs">
          {words.toAccount(String(id))}
        </ButtonLink>
      ))}
    </div>
  )
}
