// What a person needs after a home was made: where things are, the credentials (shown once), and a line to paste.
import type { NewHome } from '../../lifecycle/home.ts'
import { homeOption } from '../cli.ts'
import { fields } from '../output/table.ts'

/** `hms`: how the command is called here. */
export function welcome(home: string, made: NewHome, hms: string): string {
  const [host, port] = splitAddress(made.smtp)
  return [
    `A home was made in ${home}. Keep what follows: passwords are not shown again.\n`,
    fields([
      ['SMTP', `${made.smtp}   (STARTTLS, then AUTH)`],
      ['HTTP injection', `http://${made.inject}   (comes with a later version)`],
      ['Control Panel', `http://${made.panel}`],
      ['administrator', `${made.admin.user}   password ${made.admin.password}`],
      ['first account', `${made.account.id}   user ${made.account.user}   password ${made.account.password}`],
      ['its API key', made.account.apiKey],
      ['settings', `${home}/config/hms.yaml`],
    ]),
    'Send a first message, in another terminal (it goes to the built-in mailbox simulator):',
    '',
    `  ${hms} send${homeOption(home)}`,
    '',
    'or over SMTP with swaks:',
    '',
    `  swaks --server ${host} --port ${port} --tls --auth PLAIN --auth-user ${made.account.user} --auth-password ${made.account.password} \\`,
    '    --from me@example.com --to success@simulator.hms.test',
    '',
    'and look at it:',
    '',
    `  ${hms} events${homeOption(home)}`,
    `  ${hms} status${homeOption(home)}`,
    '',
  ].join('\n')
}

function splitAddress(address: string): [string, string] {
  const colon = address.lastIndexOf(':')
  return [address.slice(0, colon).replaceAll(/[[\]]/g, ''), address.slice(colon + 1)]
}
