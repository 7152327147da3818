// The check that matters most to everybody else: each listener is asked, without credentials, to take mail for a stranger.
// Nothing is sent: the session is ended after RCPT.
import { formatSocketAddress } from '../../../lifecycle/config/option-value.ts'
import type { Cli } from '../../cli.ts'
import { messageOf } from '../../../base/fault.ts'
import { runningServer } from '../../running.ts'
import { type DialogTarget, SmtpDialog } from '../../smtp-dialog.ts'
import type { Check } from './doctor-checks.ts'

const STRANGERS = ['stranger@example.net', '"stranger@example.net"@example.org', 'stranger%example.net@example.org']

export async function checkRelay(cli: Cli, proxyFrom: readonly string[]): Promise<Check[]> {
  const running = runningServer(cli.home)
  if (running === undefined)
    return [{ name: 'relay', state: 'warn', what: 'Not tried: the server is stopped.', mend: "Run 'hms doctor' again while it runs." }]
  const listeners = [
    ...running.addresses['smtp.listen'].map((address) => ({ address, implicitTls: false, proxyFrom })),
    ...running.addresses['smtps.listen'].map((address) => ({ address, implicitTls: true, proxyFrom })),
  ]
  const found: Check[] = []
  for (const target of listeners) found.push(await tryRelay(cli, target))
  return found
}

async function tryRelay(cli: Cli, target: DialogTarget): Promise<Check> {
  const at = formatSocketAddress(target.address)
  try {
    for (const sender of ['doctor@example.com', '']) {
      for (const recipient of STRANGERS) {
        const reply = await offer(target, sender, recipient)
        if (reply !== undefined) return opened(cli, at, recipient, reply)
      }
    }
    return { name: 'relay', state: 'ok', what: `${at} takes nothing for strangers without a login.` }
  } catch (error) {
    return { name: 'relay', state: 'warn', what: `${at} could not be tried: ${messageOf(error)}` }
  }
}

/** The reply to RCPT where it was taken. */
async function offer(target: DialogTarget, sender: string, recipient: string): Promise<string | undefined> {
  const opened = await SmtpDialog.open(target)
  using dialog = opened.dialog
  await dialog.hello()
  const mail = await dialog.command(`MAIL FROM:<${sender}>`)
  if (mail.code >= 300) return undefined
  const { code, text } = await dialog.command(`RCPT TO:<${recipient}>`)
  return code < 300 ? `${code} ${text}` : undefined
}

/** Taken, because this machine itself was listed; or from anybody. */
async function opened(cli: Cli, at: string, recipient: string, reply: string): Promise<Check> {
  const networks = (await cli.call('relay.list', {})).map(({ cidr }) => cidr)
  const what = `${at} took ${recipient} without a login: ${reply}`
  if (networks.length > 0) {
    const mend = `These networks may send without a login: ${networks.join(', ')}. If this machine is not meant to be in them, 'hms relay deny' them.`
    return { name: 'relay', state: networks.some((cidr) => cidr.endsWith('/0')) ? 'fail' : 'warn', what, mend }
  }
  return { name: 'relay', state: 'fail', what, mend: 'This server is an open relay: stop it now with hms stop, and report this.' }
}
