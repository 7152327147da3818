// Passkeys and sessions of another, for administrators.
import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { PasskeyView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { usePages } from '../../app/pages-of.ts'
import { useMay, useMe } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Card, Empty } from '../../parts/layout.tsx'
import { PasskeyTable } from '../../parts/passkey-table.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { SessionTable } from '../../parts/session-table.tsx'
import { number } from '../../texts/format.ts'
import { ownAccess } from '../../texts/own-access.ts'

const words = ownAccess.sessions

/** One's own are removed under "My profile", where nobody removes his last way in. */
export function UserPasskeys({ name, isOwn }: { readonly name: string; readonly isOwn: boolean }): ReactNode {
  const may = useMay()
  const fresh = useFresh()
  const queries = useQueryClient()
  const [removed, setRemoved] = useState<PasskeyView | null>(null)
  const texts = ownAccess.passkeys
  const list = usePages(['users', 'passkeys', name], (after, signal) =>
    api.users.passkeys(name, { limit: 25, ...(after !== undefined && { after }) }, { signal }),
  )
  const id = removed?.id ?? ''
  return (
    <Card title={texts.title} about={texts.ofUser} flush>
      <PasskeyTable
        name="user-passkeys"
        {...list}
        remove={may('users.passkeysRemove') && !isOwn ? setRemoved : undefined}
        empty={
          <Empty icon="key" title={texts.empty}>
            {texts.emptyUser}
          </Empty>
        }
      />
      <Confirm
        opened={removed !== null}
        title={texts.removeSubmit}
        count={() => Promise.resolve(removed?.name ?? '')}
        about={texts.removeAbout}
        action={() => texts.removeSubmit}
        isGrave
        run={() => fresh(() => api.users.passkeysRemove(name, id))}
        done={() => void queries.invalidateQueries({ queryKey: ['users'] })}
        close={() => setRemoved(null)}
        command={<AsCommand hms={`user passkeys ${name} --rm ${id}`} call={`DELETE /users/${name}/passkeys/${id}`} />}
      />
    </Card>
  )
}

export function UserSessions({ name }: { readonly name: string }): ReactNode {
  const may = useMay()
  const { session } = useMe()
  const queries = useQueryClient()
  const [opened, { open, close }] = useDisclosure(false)
  const again = (): void => void queries.invalidateQueries({ queryKey: ['users', 'sessions'] })
  const list = usePages(['users', 'sessions', name], (after, signal) =>
    api.users.sessionList({ user: name, limit: 25, ...(after !== undefined && { after }) }, { signal }),
  )
  const ending = useMutation({ mutationFn: (id: string) => api.users.setSessionEnd(id), onSuccess: again })
  const mayEnd = may('users.setSessionEnd')
  const actions = mayEnd && (list.rows?.length ?? 0) > 0 && (
    <Button variant="default" size="xs" onClick={open}>
      {words.endAll}
    </Button>
  )
  return (
    <Card title={words.title} about={words.ofUser} actions={actions} flush>
      {ending.error !== null && <ProblemNotice error={ending.error} />}
      <SessionTable name="user-sessions" own={session} {...list} end={mayEnd ? ({ id }) => ending.mutate(id) : undefined} />
      <Confirm
        opened={opened}
        title={words.endAll}
        count={async () => (await api.users.sessionList({ user: name, limit: 1000 })).data.length}
        about={(n) => words.endAllAbout(number(n))}
        action={(n) => (n === 0 ? null : words.endAll)}
        isGrave
        run={() => api.users.sessionEnd({ user: name })}
        done={again}
        close={close}
        command={<AsCommand hms={`session end --user ${name}`} call={`DELETE /sessions?user=${name}`} />}
      />
    </Card>
  )
}
