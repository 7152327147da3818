// What records of the audit are chosen by.
import { Button, Select, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Card } from '../../parts/layout.tsx'
import { audit } from '../../texts/audit.ts'
import { type AuditSearch, searchOf, SPANS } from './search.ts'
import './audit.css'

const words = audit.filters

interface FilterProps {
  readonly search: AuditSearch
  readonly set: (search: AuditSearch) => void
}

export function Filters({ search, set }: FilterProps): ReactNode {
  const [texts, setTexts] = useState({
    who: search.who ?? '',
    action: search.action ?? '',
    subject: search.subject ?? '',
    account: String(search.account ?? ''),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    set(searchOf({ ...texts, last: search.last }))
  }
  const field = (name: keyof typeof texts): ReactNode => (
    <TextInput
      label={words[name]}
      placeholder={words[`${name}Hint`]}
      value={texts[name]}
      onChange={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })}
    />
  )
  return (
    <Card>
      <form className="hms-audit-filters" role="search" aria-label={words.title} onSubmit={submit}>
        {field('who')}
        {field('action')}
        {field('subject')}
        {field('account')}
        <Select
          label={words.span}
          allowDeselect={false}
          value={search.last ?? 'any'}
          data={(['any', ...Object.keys(SPANS)] as (keyof typeof words.spans)[]).map((value) => ({ value, label: words.spans[value] }))}
          onChange={(last) => set(searchOf({ ...search, ...texts, last }))}
        />
        <div className="hms-row">
          <Button type="submit" variant="default">
            {words.submit}
          </Button>
          {Object.keys(search).length > 0 && (
            <Button variant="subtle" onClick={() => set({})}>
              {words.clear}
            </Button>
          )}
        </div>
      </form>
    </Card>
  )
}
