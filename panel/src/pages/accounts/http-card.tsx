// Where an account may post by HTTP in place of mail, whether that is signed, and where its events go.
import { ActionIcon, Button, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Account } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Icon } from '../../parts/icons.tsx'
import { Badge, Card, Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { accounts } from '../../texts/accounts.ts'

const words = accounts.settings.http
type Change = Parameters<typeof api.posts.accountSet>[1] & object

export function HttpCard({ account }: { readonly account: Account }): ReactNode {
  const { id, post } = account
  const may = useMay()
  const queries = useQueryClient()
  const [pattern, setPattern] = useState('')
  const changing = useMutation({
    mutationFn: (change: Change) => api.posts.accountSet(id, change),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['account', id] }),
  })
  const mayChange = may('posts.accountSet')
  const secret = changing.data?.secret ?? null
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    changing.mutate({ add: [pattern.trim()] }, { onSuccess: () => setPattern('') })
  }
  return (
    <Card title={words.title} about={words.about}>
      <div className="hms-stack">
        <Allowed account={account} {...(mayChange && { remove: (one: string) => changing.mutate({ remove: [one] }) })} />
        {mayChange && (
          <form className="hms-account-inline" onSubmit={submit}>
            <TextInput
              label={words.pattern}
              description={words.patternAbout}
              required
              value={pattern}
              onChange={(event) => setPattern(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" loading={changing.isPending}>
              {words.add}
            </Button>
            <Button variant="default" onClick={() => changing.mutate({ secret: 'new' })}>
              {words.newSecret}
            </Button>
            {post?.isSigned === true && (
              <Button variant="default" onClick={() => changing.mutate({ secret: 'none' })}>
                {words.noSecret}
              </Button>
            )}
          </form>
        )}
        {changing.error !== null && <ProblemNotice error={changing.error} />}
        {secret !== null && (
          <Notice tone="warn" title={accounts.credentials.made.title}>
            <CodeLine text={secret} what={words.secret} />
          </Notice>
        )}
        {mayChange && (
          <AsCommand
            hms={`account post ${id} --allow ${quoted(pattern.trim() === '' ? 'https://hooks.example.com/' : pattern.trim())}`}
            call={`PATCH /accounts/${id}/posts`}
            body={{ add: [pattern.trim() === '' ? 'https://hooks.example.com/' : pattern.trim()] }}
          />
        )}
        <Webhooks id={id} />
      </div>
    </Card>
  )
}

interface AllowedProps {
  readonly account: Account
  readonly remove?: (pattern: string) => void
}

function Allowed({ account: { post }, remove }: AllowedProps): ReactNode {
  const allow = post?.allow ?? []
  return (
    <div className="hms-stack-tight">
      <h3>{words.allowed}</h3>
      {allow.length === 0 && <p className="hms-muted">{words.nowhere}</p>}
      <ul className="hms-account-patterns">
        {allow.map((one) => (
          <li key={one}>
            <code>{one}</code>
            {remove !== undefined && (
              <ActionIcon variant="subtle" color="gray" aria-label={words.remove(one)} onClick={() => remove(one)}>
                <Icon name="cross" size={16} />
              </ActionIcon>
            )}
          </li>
        ))}
      </ul>
      {allow.length > 0 && <p className="hms-muted">{post?.isSigned === true ? words.signed : words.unsigned}</p>}
    </div>
  )
}

function Webhooks({ id }: { readonly id: number }): ReactNode {
  const may = useMay()
  const webhooks = useQuery({
    queryKey: ['webhooks', id],
    queryFn: ({ signal }) => api.webhooks.list({ account: id, limit: 100 }, { signal }),
    enabled: may('webhooks.list'),
  })
  if (webhooks.data === undefined) return null
  return (
    <div className="hms-stack-tight">
      <h3>{words.events}</h3>
      {webhooks.data.data.length === 0 && <p className="hms-muted">{words.noEvents}</p>}
      <ul className="hms-account-patterns">
        {webhooks.data.data.map(({ id: webhook, name, url, on }) => (
          <li key={webhook}>
            <span className="hms-break">
              {name}: <code>{url}</code>
            </span>
            <Badge tone={on ? 'ok' : 'quiet'}>{on ? words.on : words.off}</Badge>
          </li>
        ))}
      </ul>
      <AsCommand hms={`webhook ls --account ${id}`} call={`GET /webhooks?account=${id}`} />
    </div>
  )
}
