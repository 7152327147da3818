// Whoever logged in with the first password sets one of his own, and a second factor.
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { meQuery, useMe } from '../../app/session.ts'
import { CodeLine } from '../../parts/copy.tsx'
import { Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { setup } from '../../texts/setup.ts'
import { Step } from './step.tsx'

const words = setup.person

export function PersonStep(): ReactNode {
  const { user } = useMe()
  const hasFactor = user !== null && (user.hasTotp || user.passkeys > 0)
  // Who logs in by a provider alone has both there.
  const isDone = hasFactor || user?.onlyBy != null
  return (
    <Step title={setup.steps.person} about={words.about} isDone={isDone}>
      {user?.onlyBy == null && <Password />}
      {hasFactor ? <Notice tone="ok" title={words.factorOn} /> : user?.onlyBy == null && <Codes />}
    </Step>
  )
}

function Password(): ReactNode {
  const [now, setNow] = useState('')
  const [next, setNext] = useState('')
  const changing = useMutation({ mutationFn: () => api.me.password({ password: now, next }, { retries: 0 }) })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    changing.mutate()
  }
  if (changing.isSuccess) return <Notice tone="ok" title={words.changed} />
  return (
    <form className="hms-setup-form" onSubmit={submit}>
      <PasswordInput
        label={words.now}
        autoComplete="current-password"
        required
        value={now}
        onChange={(event) => setNow(event.currentTarget.value)}
      />
      <PasswordInput
        label={words.next}
        autoComplete="new-password"
        minLength={12}
        required
        value={next}
        onChange={(event) => setNext(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" loading={changing.isPending}>
        {words.password}
      </Button>
      {changing.error !== null && <ProblemNotice error={changing.error} />}
    </form>
  )
}

function Codes(): ReactNode {
  const queries = useQueryClient()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const beginning = useMutation({ mutationFn: () => api.me.totpBegin({ password }, { retries: 0 }) })
  const confirming = useMutation({ mutationFn: () => api.me.totpConfirm({ code: code.trim() }, { retries: 0 }) })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (beginning.data === undefined) beginning.mutate()
    else confirming.mutate()
  }
  if (confirming.data !== undefined)
    return (
      <Notice tone="warn" title={words.codes}>
        <p>{words.codesAbout}</p>
        <ul className="hms-codes hms-mono">
          {confirming.data.recoveryCodes.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
        <Button size="xs" onClick={() => void queries.invalidateQueries({ queryKey: meQuery.queryKey })}>
          {setup.done}
        </Button>
      </Notice>
    )
  const error = beginning.error ?? confirming.error
  return (
    <form className="hms-stack" onSubmit={submit}>
      {beginning.data === undefined ? (
        <>
          <p className="hms-muted">{words.factorOff}</p>
          <div className="hms-setup-form">
            <PasswordInput
              label={words.now}
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" loading={beginning.isPending}>
              {words.begin}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p>{words.secret}</p>
          <CodeLine text={beginning.data.secret} what={words.secret} />
          <p>{words.uri}</p>
          <CodeLine text={beginning.data.uri} what={words.uri} />
          <div className="hms-setup-form">
            <TextInput
              label={words.code}
              inputMode="numeric"
              autoComplete="one-time-code"
              required
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
            />
            <Button type="submit" loading={confirming.isPending}>
              {words.confirm}
            </Button>
          </div>
        </>
      )}
      {error !== null && <ProblemNotice error={error} />}
    </form>
  )
}
