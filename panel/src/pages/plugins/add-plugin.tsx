// A package is sent to the server, checked there, and added; or it takes the place of what is there under its name.
import { FileInput, Switch, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { base64Of } from '../../parts/file-chunks.ts'
import { plugins } from '../../texts/plugins.ts'

const words = plugins.add
const MOST = 16 * 1024 * 1024
/** A large package over a slow line, and its trial. */
const TIMEOUT = 600_000

interface AddProps {
  readonly opened: boolean
  readonly close: () => void
}

export function AddPlugin({ opened, close }: AddProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.title}>
      <AddForm close={close} />
    </Dialog>
  )
}

function AddForm({ close }: { readonly close: () => void }): ReactNode {
  const [file, setFile] = useState<File | null>(null)
  const [name, setName] = useState('')
  const [enabled, setEnabled] = useState(true)
  const fresh = useFresh()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const own = name.trim()
  const isTooLarge = file !== null && file.size > MOST
  const adding = useMutation({
    mutationFn: async (chosen: File) => {
      const body = { archive: await base64Of(chosen), enabled, ...(own !== '' && { name: own }) }
      return fresh(() => api.routes.pluginAdd(body, { timeout: TIMEOUT }))
    },
    onSuccess: async (added) => {
      void queries.invalidateQueries({ queryKey: ['plugins'] })
      close()
      await navigate({ to: '/plugins/$name', params: { name: added.name } })
    },
  })
  const submit = (): void => {
    if (file !== null && !isTooLarge) adding.mutate(file)
  }
  const flags = [...(own === '' ? [] : ['--as', quoted(own)]), ...(enabled ? [] : ['--disabled'])]
  return (
    <DialogForm
      run={submit}
      error={adding.error}
      submit={words.submit}
      isBusy={adding.isPending}
      isBarred={file === null || isTooLarge}
      close={close}
    >
      <p className="hms-muted">{words.about}</p>
      <FileInput
        label={words.file}
        description={words.fileAbout}
        placeholder={words.fileHint}
        accept=".tgz,.tar.gz,application/gzip"
        required
        value={file}
        onChange={setFile}
        error={isTooLarge && words.tooLarge}
      />
      <TextInput
        label={words.name}
        description={words.nameAbout}
        maxLength={63}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Switch
        label={words.enabled}
        description={words.enabledAbout}
        checked={enabled}
        onChange={(event) => setEnabled(event.currentTarget.checked)}
      />
      <AsCommand hms={['plugin', 'add', quoted(file?.name ?? words.fileHint), ...flags].join(' ')} call={null} />
    </DialogForm>
  )
}
