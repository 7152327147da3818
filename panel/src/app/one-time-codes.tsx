// One-time codes and the password of whoever is logged in, as the set-up and "My profile" have them. What is secret is held by these forms alone.
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { CodeLine, CopyButton } from '../parts/copy.tsx'
import { Notice } from '../parts/layout.tsx'
import { ProblemNotice } from '../parts/problem.tsx'
import { QrCode } from '../parts/qr-code.tsx'
import { ownAccess } from '../texts/own-access.ts'
import { api } from './api.ts'
import { useFresh } from './fresh.tsx'
import { meQuery } from './session.ts'
import './one-time-codes.css'

const words = ownAccess.factor
const LEAST = 12

export function PasswordForm(): ReactNode {
  const texts = ownAccess.password
  const [now, setNow] = useState('')
  const [next, setNext] = useState('')
  const queries = useQueryClient()
  const changing = useMutation({
    mutationFn: () => api.me.password({ password: now, next }, { retries: 0 }),
    gcTime: 0,
    onSuccess: () => {
      setNow('')
      setNext('')
      void queries.invalidateQueries({ queryKey: ['me', 'sessions'] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    changing.mutate()
  }
  return (
    <form className="hms-factor-form" onSubmit={submit}>
      <PasswordInput
        label={texts.now}
        autoComplete="current-password"
        required
        value={now}
        onChange={(event) => setNow(event.currentTarget.value)}
      />
      <PasswordInput
        label={texts.next}
        description={texts.nextAbout}
        autoComplete="new-password"
        minLength={LEAST}
        required
        value={next}
        onChange={(event) => setNext(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" loading={changing.isPending}>
        {texts.change}
      </Button>
      {changing.isSuccess && <Notice tone="ok" title={texts.changed} />}
      {changing.error !== null && <ProblemNotice error={changing.error} />}
    </form>
  )
}

/** From the password to recovery codes that were kept. */
export function CodesForm(): ReactNode {
  const queries = useQueryClient()
  const fresh = useFresh()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const beginning = useMutation({ mutationFn: () => fresh(() => api.me.totpBegin({ password }, { retries: 0 })), gcTime: 0 })
  const confirming = useMutation({ mutationFn: () => api.me.totpConfirm({ code: code.trim() }, { retries: 0 }), gcTime: 0 })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (beginning.data === undefined) beginning.mutate()
    else confirming.mutate()
  }
  if (confirming.data !== undefined)
    return (
      <RecoveryCodes
        codes={confirming.data.recoveryCodes}
        done={() => void queries.invalidateQueries({ queryKey: meQuery.queryKey, exact: true })}
      />
    )
  const error = beginning.error ?? confirming.error
  return (
    <form className="hms-stack" onSubmit={submit}>
      {beginning.data === undefined ? (
        <>
          <p className="hms-muted">{words.off}</p>
          <div className="hms-factor-form">
            <PasswordInput
              label={ownAccess.password.now}
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
          <Secret {...beginning.data} />
          <div className="hms-factor-form">
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

function Secret({ secret, uri }: { readonly secret: string; readonly uri: string }): ReactNode {
  return (
    <div className="hms-factor-secret">
      <div className="hms-stack-tight">
        <p>{words.scan}</p>
        <QrCode text={uri} label={words.qr} />
      </div>
      <div className="hms-stack-tight">
        <p>{words.secret}</p>
        <CodeLine text={secret} what={words.secret} />
        <p>{words.uri}</p>
        <CodeLine text={uri} what={words.uri} />
      </div>
    </div>
  )
}

export function RecoveryCodes({ codes, done }: { readonly codes: readonly string[]; readonly done: () => void }): ReactNode {
  const texts = ownAccess.recovery
  return (
    <Notice tone="warn" title={texts.title} actions={<CopyButton text={codes.join('\n')} what={texts.title} />}>
      <div className="hms-stack">
        <p>{texts.about}</p>
        <ul className="hms-codes hms-mono" aria-label={texts.title}>
          {codes.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
        <div>
          <Button size="xs" onClick={done}>
            {texts.done}
          </Button>
        </div>
      </div>
    </Notice>
  )
}
