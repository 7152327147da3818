// What a provider is made of, as fields of a form have it, and as the API and the command take it.
import type { ProviderView } from '../../../../client/src/index.ts'
import { ROLES, type Role } from '../../../../src/contract/access.ts'
import { quoted } from '../../parts/command.tsx'

export interface Values {
  readonly name: string
  readonly title: string
  readonly issuer: string
  readonly clientId: string
  readonly secret: string
  readonly panel: string
  readonly domains: string
  readonly makes: boolean
  readonly role: Role | ''
  readonly account: string
  readonly claim: string
  readonly roles: string
  readonly secondFactor: string
  readonly sessionHours: string
  readonly only: boolean
  readonly trustsEmail: boolean
  readonly private: boolean
}

export const EMPTY: Omit<Values, 'panel'> = {
  name: '',
  title: '',
  issuer: '',
  clientId: '',
  secret: '',
  domains: '',
  makes: false,
  role: '',
  account: '',
  claim: '',
  roles: '',
  secondFactor: '',
  sessionHours: '12',
  only: false,
  trustsEmail: false,
  private: false,
}

export const valuesOf = (view: ProviderView): Values => ({
  ...view,
  secret: '',
  domains: view.domains.join(', '),
  role: view.role ?? '',
  account: String(view.account ?? ''),
  claim: view.claim ?? '',
  roles: Object.entries(view.roles)
    .map(([value, role]) => `${value}=${role}`)
    .join('\n'),
  secondFactor: view.secondFactor.join(', '),
  sessionHours: String(view.sessionHours),
})

const partsOf = (text: string): readonly string[] => text.split(/[\s,;]+/).filter(Boolean)

/** The first line that is no `value=role`. */
export const wrongRole = ({ roles }: Pick<Values, 'roles'>): string | undefined => linesOf(roles).find((line) => pairOf(line) === undefined)

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

function pairOf(line: string): readonly [string, Role] | undefined {
  const at = line.lastIndexOf('=')
  const role = ROLES.find((one) => one === line.slice(at + 1).trim())
  return at > 0 && role !== undefined ? [line.slice(0, at).trim(), role] : undefined
}

const rolesOf = (text: string): Record<string, Role> =>
  Object.fromEntries(
    linesOf(text)
      .map(pairOf)
      .filter((pair) => pair !== undefined),
  )

export const settingsOf = (values: Values) => ({
  ...(values.title.trim() !== '' && { title: values.title.trim() }),
  clientId: values.clientId.trim(),
  panel: values.panel.trim(),
  domains: partsOf(values.domains),
  makes: values.makes,
  role: values.role === '' ? null : values.role,
  account: values.account.trim() === '' ? null : Number(values.account),
  claim: values.claim.trim() === '' ? null : values.claim.trim(),
  roles: values.claim.trim() === '' ? {} : rolesOf(values.roles),
  secondFactor: partsOf(values.secondFactor),
  sessionHours: Number(values.sessionHours),
  only: values.only,
  trustsEmail: values.trustsEmail,
  private: values.private,
})

const yesNo = (value: boolean): string => (value ? 'yes' : 'no')

/** The secret is typed where it is asked for. */
export function flagsOf(values: Values): string {
  const { domains, role, account, claim, roles, secondFactor } = settingsOf(values)
  return [
    ...(values.title.trim() === '' ? [] : [`--title ${quoted(values.title.trim())}`]),
    `--client-id ${quoted(values.clientId.trim())} --panel ${quoted(values.panel.trim())}`,
    ...(domains.length === 0 ? [] : [`--domain ${domains.map(quoted).join(',')}`]),
    `--make ${yesNo(values.makes)} --role ${role ?? 'none'}`,
    ...(account === null ? [] : [`--account ${account}`]),
    ...(claim === null ? [] : [`--claim ${quoted(claim)}`]),
    ...Object.entries(roles).map(([value, of]) => `--map ${quoted(`${value}=${of}`)}`),
    ...secondFactor.map((one) => `--second-factor ${quoted(one)}`),
    `--session-hours ${quoted(values.sessionHours)} --only ${yesNo(values.only)} --trust-email ${yesNo(values.trustsEmail)} --private ${yesNo(values.private)}`,
  ].join(' ')
}
