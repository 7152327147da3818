// Searches that the person keeps, at the server: the same in every browser.
import { Button, Menu, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Icon } from '../../parts/icons.tsx'
import { common } from '../../texts/common.ts'
import { messages } from '../../texts/messages.ts'
import { type MessageSearch, searchOf } from './search.ts'

const words = messages.saved
const KEY = ['me', 'searches'] as const

interface SavedProps {
  readonly search: MessageSearch
  readonly set: (search: MessageSearch) => void
}

/** Whatever was written down there is judged as an address is. */
function readSearch(written: string): MessageSearch {
  try {
    const read: unknown = JSON.parse(written)
    return searchOf(typeof read === 'object' && read !== null ? (read as Readonly<Record<string, unknown>>) : {})
  } catch {
    return {}
  }
}

export function SavedSearches({ search, set }: SavedProps): ReactNode {
  const queries = useQueryClient()
  const [opened, { open, close }] = useDisclosure(false)
  const list = useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) => (await api.me.searches({ limit: 1000 }, { signal })).data,
  })
  const removing = useMutation({
    mutationFn: (name: string) => api.me.searchesRemove(name),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  })
  const saved = list.data ?? []
  return (
    <>
      <Menu position="bottom-end" width={280}>
        <Menu.Target>
          <Button variant="subtle" color="gray" leftSection={<Icon name="star" size={16} />}>
            {words.title}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {list.error !== null && <Menu.Label>{list.error.message}</Menu.Label>}
          {list.isSuccess && saved.length === 0 && <Menu.Label>{words.none}</Menu.Label>}
          {saved.map((one) => (
            <Menu.Item key={one.name} onClick={() => set(readSearch(one.search))}>
              {one.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<Icon name="star" size={16} />} onClick={open}>
            {words.save}
          </Menu.Item>
          {saved.map(({ name }) => (
            <Menu.Item key={name} leftSection={<Icon name="cross" size={16} />} onClick={() => removing.mutate(name)}>
              {words.remove(name)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Dialog opened={opened} close={close} title={words.save}>
        <SaveForm search={search} close={close} />
      </Dialog>
    </>
  )
}

function SaveForm({ search, close }: { readonly search: MessageSearch; readonly close: () => void }): ReactNode {
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const body = { search: JSON.stringify(search) }
  const saving = useMutation({
    mutationFn: () => api.me.searchesSave(name.trim(), body),
    onSuccess: () => {
      close()
      void queries.invalidateQueries({ queryKey: KEY })
    },
  })
  const submit = (): void => {
    if (name.trim() !== '') saving.mutate()
  }
  return (
    <DialogForm run={submit} error={saving.error} submit={common.save} isBusy={saving.isPending} close={close}>
      <TextInput
        data-autofocus
        label={words.name}
        required
        maxLength={60}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <AsCommand hms={null} call={`PUT /me/searches/${encodeURIComponent(name.trim() === '' ? 'NAME' : name.trim())}`} body={body} />
    </DialogForm>
  )
}
