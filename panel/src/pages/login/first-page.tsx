// The first password, or another one, by a link that was made once. The token stands behind the # of the link, which no server and no log sees.
import { Anchor, Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { login } from '../../texts/login.ts'
import { Door } from './door.tsx'

const words = login.first
const LEAST = 12

export function FirstPage(): ReactNode {
  const [token, setToken] = useState(() => decodeURIComponent(location.hash.replace(/^#(?:token=)?/, '')))
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const [isTried, setTried] = useState(false)
  const setting = useMutation({ mutationFn: () => api.me.loginFirst({ token: token.trim(), password }, { retries: 0 }) })
  const isShort = [...password].length < LEAST
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setTried(true)
    if (!isShort && again === password) setting.mutate()
  }
  if (setting.data !== undefined)
    return (
      <Door title={words.title}>
        <Notice tone="ok" title={words.done(setting.data.user)} />
        <ButtonLink to="/login" fullWidth>
          {login.title}
        </ButtonLink>
      </Door>
    )
  return (
    <Door title={words.title}>
      <p className="hms-muted">{words.about}</p>
      {setting.error !== null && <ProblemNotice error={setting.error} />}
      <form className="hms-stack" onSubmit={submit}>
        <TextInput
          label={words.token}
          description={words.tokenAbout}
          autoComplete="off"
          required
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <PasswordInput
          label={words.next}
          description={words.nextAbout}
          autoComplete="new-password"
          required
          value={password}
          error={isTried && isShort ? words.short : undefined}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <PasswordInput
          label={words.again}
          autoComplete="new-password"
          required
          value={again}
          error={isTried && again !== password ? words.differ : undefined}
          onChange={(event) => setAgain(event.currentTarget.value)}
        />
        <Button type="submit" loading={setting.isPending} fullWidth>
          {words.submit}
        </Button>
      </form>
      <Anchor component={Link} to="/login" size="sm">
        {login.title}
      </Anchor>
    </Door>
  )
}
