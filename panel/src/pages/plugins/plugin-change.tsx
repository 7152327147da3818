// What is asked before a plug-in is switched or removed, as mail is seen by it or no more.
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { plugins } from '../../texts/plugins.ts'

const words = plugins.one

export type PluginChanges = 'enable' | 'disable' | 'remove'

interface ChangeProps {
  readonly name: string
  readonly asked: PluginChanges | null
  readonly close: () => void
}

export function PluginChange({ name, asked, close }: ChangeProps): ReactNode {
  const fresh = useFresh()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const what = asked ?? 'disable'
  const texts = words[what]
  const body = { enabled: what === 'enable' }
  const call = (): Promise<unknown> => (what === 'remove' ? fresh(() => api.routes.pluginRemove(name)) : api.routes.pluginSet(name, body))
  const command =
    what === 'remove' ? (
      <AsCommand hms={`plugin remove ${name}`} call={`DELETE /plugins/${name}`} />
    ) : (
      <AsCommand hms={`plugin ${what} ${name}`} call={`PATCH /plugins/${name}`} body={body} />
    )
  return (
    <Confirm
      opened={asked !== null}
      title={texts.title}
      count={() => api.routes.pluginGet(name)}
      about={() => texts.about(name)}
      action={() => texts.submit}
      isGrave={what !== 'enable'}
      run={call}
      done={() => {
        if (what === 'remove') void navigate({ to: '/plugins' })
        void queries.invalidateQueries({ queryKey: what === 'remove' ? ['plugins', 'list'] : ['plugins'] })
      }}
      close={close}
      command={command}
    />
  )
}
