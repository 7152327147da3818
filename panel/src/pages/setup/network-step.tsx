// What receivers see of this machine, whether port 25 is open, and a smart host where it is not.
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { DoctorCheck } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Notice, Sign } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { setup } from '../../texts/setup.ts'
import { Step } from './step.tsx'

const words = setup.network
/** Everything. */
const ALL = '*'
/** Of all that the check says, what is about the way out and the names. */
const ABOUT_NETWORK = /^(?:source|port|host name|dns|resolver|clock|domain)\b/
const TONES = { ok: 'ok', warn: 'warn', fail: 'bad' } as const

export function NetworkStep(): ReactNode {
  const may = useMay()
  const [address, setAddress] = useState('')
  const [probe, setProbe] = useState('')
  const addresses = address.split(/[,\s]+/).filter(Boolean)
  const body = { network: true, ...(addresses.length > 0 && { address: addresses }), ...(probe.trim() !== '' && { probe: probe.trim() }) }
  // Every look asks others: only when somebody says so.
  const checking = useMutation({
    mutationKey: ['doctor'],
    mutationFn: () => api.status.doctorCheck(body, { timeout: 120_000, retries: 0 }),
  })
  const checks = checking.data?.checks.filter(({ name }) => ABOUT_NETWORK.test(name))
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    checking.mutate()
  }
  const flags = [
    ...(addresses.length > 0 ? ['--address', ...addresses.map(quoted)] : []),
    ...(body.probe === undefined ? [] : ['--probe', quoted(body.probe)]),
  ]
  return (
    <Step title={setup.steps.network} about={words.about} isDone={checks?.every(({ state }) => state !== 'fail')}>
      <form className="hms-setup-form" onSubmit={submit}>
        <TextInput
          label={words.probe}
          description={words.probeAbout}
          value={probe}
          onChange={(event) => setProbe(event.currentTarget.value)}
        />
        <TextInput
          label={words.addresses}
          description={words.addressesAbout}
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
        <Button type="submit" loading={checking.isPending}>
          {words.check}
        </Button>
      </form>
      {checking.isPending && (
        <p className="hms-muted" role="status">
          {words.checking}
        </p>
      )}
      {checking.error !== null && <ProblemNotice error={checking.error} />}
      {checks !== undefined && <Checks checks={checks} />}
      <AsCommand hms={['doctor --network', ...flags].join(' ')} call="POST /doctor" body={body} />
      {may('routes.set', 'routes.list') && <SmartHost />}
    </Step>
  )
}

function Checks({ checks }: { readonly checks: readonly DoctorCheck[] }): ReactNode {
  return (
    <ul className="hms-checks">
      {checks.map(({ name, state, what, mend }) => (
        <li key={`${name} ${what}`}>
          <Sign tone={TONES[state]} />
          <div>
            <p>
              <strong>{name}</strong>: {what}
            </p>
            {mend !== null && <p className="hms-muted">{mend}</p>}
          </div>
        </li>
      ))}
    </ul>
  )
}

function SmartHost(): ReactNode {
  const queries = useQueryClient()
  const [url, setUrl] = useState('')
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const routes = useQuery({ queryKey: ['routes'], queryFn: ({ signal }) => api.routes.list({}, { signal }) })
  const now = routes.data?.data.find(({ pattern }) => pattern === ALL)
  const again = { onSuccess: () => queries.invalidateQueries({ queryKey: ['routes'] }) }
  const setting = useMutation({
    ...again,
    mutationFn: () => api.routes.set(ALL, { url: url.trim(), ...(user.trim() !== '' && { user: user.trim(), password }) }),
  })
  const removing = useMutation({ ...again, mutationFn: () => api.routes.remove(ALL) })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    setting.mutate()
  }
  const error = routes.error ?? setting.error ?? removing.error
  return (
    <div className="hms-stack-tight">
      <h3>{words.relay}</h3>
      {error !== null && <ProblemNotice error={error} />}
      {now === undefined ? (
        <>
          <p className="hms-muted">{words.blocked}</p>
          <form className="hms-setup-form" onSubmit={submit}>
            <TextInput
              label={words.relayUrl}
              description={words.relayUrlAbout}
              required
              value={url}
              onChange={(event) => setUrl(event.currentTarget.value)}
            />
            <TextInput label={words.user} autoComplete="off" value={user} onChange={(event) => setUser(event.currentTarget.value)} />
            <PasswordInput
              label={words.password}
              autoComplete="off"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" loading={setting.isPending}>
              {words.relaySave}
            </Button>
          </form>
        </>
      ) : (
        <Notice
          tone="info"
          title={words.relayNow(`${now.host}:${now.port}`)}
          actions={
            <Button size="xs" variant="default" loading={removing.isPending} onClick={() => removing.mutate()}>
              {words.relayRemove}
            </Button>
          }
        />
      )}
    </div>
  )
}
