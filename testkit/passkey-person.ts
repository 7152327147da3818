// A person with a browser and a device with passkeys, at the house of testkit/access-house.ts.
import type { CallFacts, PersonalCalls, OwnName, Principal } from '../src/contract/access.ts'
import { FROM, type house, PASSWORD } from './access-house.ts'
import { Authenticator, type Making, type Wrongs } from './authenticator.ts'

type House = Awaited<ReturnType<typeof house>>

let networks = 0

/** A person with a browser at the house, from a network of his own each time, so that what failed before slows nothing. */
export function personAt(at: House, device = new Authenticator(FROM.origin)) {
  const call = async <N extends OwnName>(
    name: N,
    params: PersonalCalls[N]['params'],
    principal: Principal | null = null,
    facts: Partial<CallFacts> = {},
  ) => {
    networks++
    const address = `10.${networks >> 8}.${networks & 255}.1`
    return at.passing(at.own.call(name, params, { facts: { ...FROM, address, ...facts }, principal }))
  }
  const enter = async (): Promise<Principal> => {
    const { cookie } = await call('login', { user: 'ann', password: PASSWORD })
    return at.known(cookie)
  }
  const add = async (principal: Principal, making: Making = {}, password?: string) => {
    const { value } = await call('me.passkeys.options', password === undefined ? {} : { password }, principal)
    const passkey = device.make(value, making)
    return (await call('me.passkeys.add', { name: 'laptop', passkey }, principal)).value
  }
  /** With a passkey alone. */
  const login = async (wrongs: Wrongs = {}, facts: Partial<CallFacts> = {}): Promise<Principal> => {
    const { value } = await call('login.passkey.options', {}, null, facts)
    const { cookie } = await call('login.passkey', { passkey: device.show(value, wrongs) }, null, facts)
    return at.known(cookie, facts)
  }
  return { device, call, enter, add, login }
}
