// Lines for a shell with which a new account is tried: by SMTP and by HTTP, to the simulator that takes every message.
import type { NewCredential } from '../../../../client/src/index.ts'
import { quoted as shell } from '../../parts/command.tsx'
import type { Place } from './place.ts'

const TO = 'success@simulator.hms.test'
const FROM = 'test@example.com'

export function swaksLine({ host, port }: Place, { user, password }: NewCredential): string {
  return `swaks --server ${host} --port ${port} --tls --auth PLAIN --auth-user ${shell(user)} --auth-password ${shell(password)} --from ${FROM} --to ${TO}`
}

export function curlLine({ host, port }: Place, key: string): string {
  const body = JSON.stringify({ from: FROM, to: [TO], subject: 'A first message', text: 'It works.' })
  const name = host.includes(':') ? `[${host}]` : host
  return `curl http://${name}:${port}/v1/messages -H ${shell(`Authorization: Bearer ${key}`)} -H 'Content-Type: application/json' -d ${shell(body)}`
}
