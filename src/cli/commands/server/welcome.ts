// What a person needs after a home was made: where things are, the credentials (shown once), and a line to paste.
import type { NewHome } from '../../../lifecycle/home.ts'
import { calledAs, type Cli, homeOption } from '../../cli.ts'
import { fields } from '../../output/table.ts'

/** `first`: when to send the first message, up to the words for it. */
export function welcome(cli: Cli, made: NewHome, first: string): string {
  const [host, port] = splitAddress(made.smtp)
  const [hms, home] = [calledAs(cli), homeOption(cli)]
  return [
    `A home was made in ${cli.home}. Keep what follows: passwords are not shown again.\n`,
    fields([
      ['SMTP', `${made.smtp}   (STARTTLS, then AUTH)`],
      ['HTTP injection', `http://${made.inject}/v1/messages`],
      ['Control Panel', `http://${made.panel}`],
      ['administrator', `${made.admin.user}   password ${made.admin.password}`],
      ['first account', `${made.account.id}   user ${made.account.user}   password ${made.account.password}`],
      ['its API key', made.account.apiKey],
      ['settings', `${cli.home}/config/hms.yaml`],
    ]),
    `${first} (it goes to the built-in mailbox simulator):`,
    '',
    `  ${hms} send${home}`,
    '',
    'or over SMTP with swaks:',
    '',
    `  swaks --server ${host} --port ${port} --tls --auth PLAIN --auth-user ${made.account.user} --auth-password ${made.account.password} \\`,
    '    --from me@example.com --to success@simulator.hms.test',
    '',
    'or over HTTP with curl:',
    '',
    `  curl http://${made.inject}/v1/messages -H 'Authorization: Bearer ${made.account.apiKey}' -H 'Content-Type: application/json' \\`,
    `    -d '{"from":"me@example.com","to":["success@simulator.hms.test"],"subject":"hello","text":"hello"}'`,
    '',
    'and look at it:',
    '',
    `  ${hms} events${home}`,
    `  ${hms} status${home}`,
    '',
  ].join('\n')
}

function splitAddress(address: string): [string, string] {
  const colon = address.lastIndexOf(':')
  return [address.slice(0, colon).replaceAll(/[[\]]/g, ''), address.slice(colon + 1)]
}
