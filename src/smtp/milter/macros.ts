// Macros: what a filter is told beside the steps themselves, by the names that sendmail.cf gave them. Each stage has those that filters
// commonly read there, unless the filter asked for others.
import type { Agreement } from './negotiation.ts'
import { packet, texts } from './packets.ts'
import { COMMAND, type MacroStage, type StepName } from './protocol.ts'

/** By name without braces; what is empty or absent is not told. */
export type Macros = Readonly<Record<string, string | undefined>>

// oxfmt-ignore
const USUAL: Readonly<Record<MacroStage, readonly string[]>> = {
  connect: ['j', 'v', '_', 'daemon_name', 'daemon_addr', 'daemon_port', 'if_name', 'if_addr', 'client_addr', 'client_name', 'client_ptr', 'client_port', 'client_resolve'],
  helo: ['tls_version', 'cipher', 'cipher_bits', 'cert_subject', 'cert_issuer', 'verify'],
  mail: ['i', 'auth_type', 'auth_authen', 'auth_author', 'mail_mailer', 'mail_host', 'mail_addr'],
  recipient: ['i', 'rcpt_mailer', 'rcpt_host', 'rcpt_addr'],
  data: ['i'],
  headerEnd: ['i'],
  end: ['i', 'msg_id'],
}

/** Of every step the stage whose macros go before it. */
export const STAGE_OF: Partial<Record<StepName, MacroStage>> = {
  connect: 'connect',
  helo: 'helo',
  mail: 'mail',
  recipient: 'recipient',
  data: 'data',
  headerEnd: 'headerEnd',
  end: 'end',
}

/** The packet that goes before a step, or null where there is nothing to tell. */
export function macroPacket(stage: MacroStage, letter: string, macros: Macros, agreement: Agreement): Buffer | null {
  const told: string[] = []
  for (const name of agreement.macros.get(stage) ?? USUAL[stage]) {
    const value = Object.hasOwn(macros, name) ? macros[name] : undefined
    if (value !== undefined && value !== '') told.push(name.length === 1 ? name : `{${name}}`, value)
  }
  return told.length === 0 ? null : packet(COMMAND.macros, Buffer.from(letter, 'latin1'), texts(told))
}
