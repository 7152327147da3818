// Logging in: by password, then a second factor where there is one; by a passkey alone; by a provider.
import { Anchor, Button, Divider, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { LoginState, Me } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { askPasskey, hasPasskeys, NoPasskey } from '../../app/passkey.ts'
import { loggedIn } from '../../app/session.ts'
import { CodeLine } from '../../parts/copy.tsx'
import { Icon } from '../../parts/icons.tsx'
import { Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { login as words } from '../../texts/login.ts'
import { Door } from './door.tsx'
import { loginRoute } from './routes.ts'

type Second = Extract<LoginState, { state: 'second-factor' }>

export function LoginPage(): ReactNode {
  const { next, ended } = loginRoute.useSearch()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [user, setUser] = useState('')
  const [second, setSecond] = useState<Second | null>(null)
  const enter = async (me: Me): Promise<void> => {
    loggedIn(queries, me)
    await navigate({ href: next ?? '/', replace: true })
  }
  const goOn = (state: LoginState): void => {
    if (state.state === 'in') void enter(state.me)
    else setSecond(state)
  }
  if (second !== null) return <SecondFactor user={user} second={second} goOn={goOn} back={() => setSecond(null)} />
  return (
    <Door title={words.title}>
      {ended === true && <Notice tone="info" title={words.ended} />}
      <Password user={user} setUser={setUser} goOn={goOn} />
      <OtherWays goOn={goOn} />
      <details className="hms-command">
        <summary>{words.lost}</summary>
        <div className="hms-stack-tight">
          <p className="hms-muted hms-small">{words.lostWhat}</p>
          <CodeLine text={`hms user password ${user === '' ? 'admin' : user}`} what={words.lost} />
          <Anchor component={Link} to="/first" className="hms-small">
            {words.lostLink}
          </Anchor>
        </div>
      </details>
    </Door>
  )
}

interface PasswordProps {
  readonly user: string
  readonly setUser: (user: string) => void
  readonly goOn: (state: LoginState) => void
}

function Password({ user, setUser, goOn }: PasswordProps): ReactNode {
  const [password, setPassword] = useState('')
  const trying = useMutation({ mutationFn: () => api.me.login({ user: user.trim(), password }, { retries: 0 }), onSuccess: goOn })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    trying.mutate()
  }
  return (
    <form className="hms-stack" onSubmit={submit}>
      {trying.error !== null && <ProblemNotice error={trying.error} />}
      <TextInput
        label={words.user}
        name="user"
        autoComplete="username"
        autoCapitalize="none"
        autoFocus
        required
        value={user}
        onChange={(event) => setUser(event.currentTarget.value)}
      />
      <PasswordInput
        label={words.password}
        name="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" loading={trying.isPending} fullWidth>
        {words.submit}
      </Button>
    </form>
  )
}

function OtherWays({ goOn }: Pick<PasswordProps, 'goOn'>): ReactNode {
  const providers = useQuery({ queryKey: ['login', 'providers'], queryFn: ({ signal }) => api.me.loginProviders({}, { signal }) })
  const passkey = useMutation({
    mutationFn: async () => api.me.loginPasskey({ passkey: await askPasskey(await api.me.loginPasskeyOptions({})) }),
    onSuccess: goOn,
  })
  const list = providers.data?.data ?? []
  if (list.length === 0 && !hasPasskeys()) return null
  return (
    <div className="hms-stack">
      <Divider label={words.or} />
      {passkey.error instanceof NoPasskey ? (
        <Notice tone="warn" title={words.passkeyFailed} />
      ) : (
        passkey.error !== null && <ProblemNotice error={passkey.error} />
      )}
      {hasPasskeys() && (
        <Button
          variant="default"
          leftSection={<Icon name="key" size={18} />}
          loading={passkey.isPending}
          onClick={() => passkey.mutate()}
          fullWidth
        >
          {words.passkey}
        </Button>
      )}
      {list.map(({ name, title, path }) => (
        <Button key={name} component="a" href={path} variant="default" fullWidth>
          {title}
        </Button>
      ))}
    </div>
  )
}

interface SecondProps {
  readonly user: string
  readonly second: Second
  readonly goOn: (state: LoginState) => void
  readonly back: () => void
}

function SecondFactor({ user, second: { ways, ticket }, goOn, back }: SecondProps): ReactNode {
  const factor = words.factor
  const [code, setCode] = useState('')
  const [isRecovery, setRecovery] = useState(!ways.includes('totp'))
  const byCode = useMutation({ mutationFn: () => api.me.loginTotp({ ticket, code: code.trim() }, { retries: 0 }), onSuccess: goOn })
  const byPasskey = useMutation({
    mutationFn: async () => api.me.loginPasskey({ ticket, passkey: await askPasskey(await api.me.loginPasskeyOptions({ ticket })) }),
    onSuccess: goOn,
  })
  const error = byCode.error ?? byPasskey.error
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    byCode.mutate()
  }
  return (
    <Door title={factor.title}>
      <p className="hms-muted">{factor.about(user)}</p>
      {error instanceof NoPasskey ? <Notice tone="warn" title={words.passkeyFailed} /> : error !== null && <ProblemNotice error={error} />}
      <form className="hms-stack" onSubmit={submit}>
        <TextInput
          label={isRecovery ? factor.recovery : factor.code}
          description={isRecovery ? factor.recoveryAbout : factor.codeAbout}
          autoComplete="one-time-code"
          inputMode={isRecovery ? 'text' : 'numeric'}
          autoFocus
          required
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Button type="submit" loading={byCode.isPending} fullWidth>
          {factor.submit}
        </Button>
      </form>
      {ways.includes('passkey') && hasPasskeys() && (
        <Button variant="default" loading={byPasskey.isPending} onClick={() => byPasskey.mutate()} fullWidth>
          {factor.passkey}
        </Button>
      )}
      <div className="hms-spread">
        {ways.includes('totp') && ways.includes('recovery') && (
          <Anchor component="button" type="button" size="sm" onClick={() => setRecovery(!isRecovery)}>
            {isRecovery ? factor.byCodeInstead : factor.byRecovery}
          </Anchor>
        )}
        <Anchor component="button" type="button" size="sm" onClick={back}>
          {factor.back}
        </Anchor>
      </div>
    </Door>
  )
}
