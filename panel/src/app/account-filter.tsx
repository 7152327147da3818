// Shows a list of one account, or of all: for those who see more than one.
import { Button, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { accountFilter as words } from '../texts/account-filter.ts'
import { type AccountSearch, accountOf } from './account-search.ts'
import { useMe } from './session.ts'

interface FilterProps {
  readonly search: AccountSearch
  readonly set: (search: AccountSearch) => void
}

export function AccountFilter({ search, set }: FilterProps): ReactNode {
  const [text, setText] = useState(String(search.account ?? ''))
  if (useMe().account !== null) return null
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    set(accountOf({ account: text.trim() }))
  }
  return (
    <form className="hms-row" role="search" onSubmit={submit}>
      <TextInput
        size="xs"
        inputMode="numeric"
        aria-label={words.account}
        placeholder={words.hint}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" variant="default">
        {words.submit}
      </Button>
      {search.account !== undefined && (
        <Button
          size="xs"
          variant="subtle"
          onClick={() => {
            setText('')
            set({})
          }}
        >
          {words.all}
        </Button>
      )}
    </form>
  )
}
