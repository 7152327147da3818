// What is asked of whom makes a change that wants proof: a second factor, or the password where there is none.
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Notice } from '../parts/layout.tsx'
import { ProblemNotice } from '../parts/problem.tsx'
import { login } from '../texts/login.ts'
import { api } from './api.ts'
import { askPasskey, hasPasskeys, NoPasskey } from './passkey.ts'
import { useMe } from './session.ts'

export function AskFresh({ shown }: { readonly shown: () => void }): ReactNode {
  const { user } = useMe()
  const passkeys = user?.passkeys ?? 0
  if (user?.hasTotp === true || passkeys > 0) return <AskFactor shown={shown} hasPasskey={passkeys > 0 && hasPasskeys()} />
  return user?.hasPassword === true ? <AskPassword shown={shown} /> : <Notice tone="warn" title={login.fresh.again} />
}

/** Of who has no second factor. */
function AskPassword({ shown }: { readonly shown: () => void }): ReactNode {
  const [password, setPassword] = useState('')
  const showing = useMutation({ mutationFn: () => api.me.fresh({ password }), onSuccess: shown })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    showing.mutate()
  }
  return (
    <form className="hms-stack" onSubmit={submit}>
      <p>{login.fresh.aboutPassword}</p>
      {showing.error !== null && <ProblemNotice error={showing.error} />}
      <PasswordInput
        autoFocus
        label={login.password}
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        required
      />
      <div className="hms-row">
        <Button type="submit" loading={showing.isPending}>
          {login.factor.submit}
        </Button>
      </div>
    </form>
  )
}

function AskFactor({ shown, hasPasskey }: { readonly shown: () => void; readonly hasPasskey: boolean }): ReactNode {
  const [code, setCode] = useState('')
  const byCode = useMutation({ mutationFn: () => api.me.fresh({ code: code.trim() }), onSuccess: shown })
  const byPasskey = useMutation({
    mutationFn: async () => api.me.fresh({ passkey: await askPasskey(await api.me.freshOptions()) }),
    onSuccess: shown,
  })
  const error = byCode.error ?? byPasskey.error
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    byCode.mutate()
  }
  return (
    <div className="hms-stack">
      <p>{login.fresh.about}</p>
      {error instanceof NoPasskey ? <Notice tone="warn" title={login.passkeyFailed} /> : error !== null && <ProblemNotice error={error} />}
      <form className="hms-stack" onSubmit={submit}>
        <TextInput
          autoFocus
          label={login.factor.code}
          description={login.factor.codeAbout}
          autoComplete="one-time-code"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          required
        />
        <div className="hms-row">
          <Button type="submit" loading={byCode.isPending}>
            {login.factor.submit}
          </Button>
          {hasPasskey && (
            <Button variant="default" loading={byPasskey.isPending} onClick={() => byPasskey.mutate()}>
              {login.factor.passkey}
            </Button>
          )}
        </div>
      </form>
    </div>
  )
}
