// `hms kept`: copies of delivered mail, of accounts that ask for them.
import { open } from 'node:fs/promises'
import type { Command } from 'commander'
import type { AccountId, MessageId } from '../../../base/brand.ts'
import type { KeptDelivery, KeptMessage } from '../../../contract/kept.ts'
import { accountId, badArgument, type Cli, messageId, wholeNumber } from '../../cli.ts'
import { momentAgo } from '../../moment-ago.ts'
import { table } from '../../output/table.ts'
import { dateTime } from '../../output/when.ts'

interface Wanted {
  readonly address?: string
  readonly message?: string
  readonly subject?: string
  readonly since?: number
  readonly limit: number
}

export function register(command: Command, cli: Cli): void {
  command
    .command('ls <account>')
    .description('list deliveries of which a copy is kept, newest days first')
    .option('--address <address>', 'of this recipient')
    .option('--message <id>', 'of this message')
    .option('--subject <text>', 'with this in the subject')
    .option('--since <time>', 'since then: 2h, 3d, or 2026-11-22 08:00', momentAgo)
    .option('--limit <n>', 'at most so many', wholeNumber(1, 100_000), 100)
    .action(async (account: string, wanted: Wanted) =>
      cli.answer(await found(cli, accountId(account), wanted), (rows) => listing(rows, cli.terminal.width)),
    )
  command
    .command('show <account> <message>')
    .description('show a copy: who got it when, and its header')
    .option('--raw <file>', 'write all of it, as it was kept, to this new file')
    .option('--address <address>', 'with --raw: as this recipient got it, where it was made for each')
    .action(async (account: string, message: string, { raw, address }: { raw?: string; address?: string }) => {
      if (address !== undefined && raw === undefined)
        throw badArgument('--address says whose copy --raw writes.', 'Name a file with --raw.')
      const asked = { account: accountId(account), message: messageId(message), ...(address !== undefined && { address }) }
      if (raw !== undefined) return writeRaw(cli, asked, raw)
      cli.answer(await cli.call('kept.show', { account: asked.account, message: asked.message }), describe)
    })
  command.addHelpText(
    'after',
    "\nAn account asks for copies: 'hms account keep 1001 --days 30 --bytes 20GiB'.\n\nExamples:\n  hms kept ls 1001 --address ann@example.com --since 2d\n  hms kept show 1001 01JD0ABCDEF0123456 --raw message.eml",
  )
}

/** Pages that find nothing are passed over. */
async function found(cli: Cli, account: AccountId, { limit, message, ...wanted }: Wanted): Promise<readonly KeptDelivery[]> {
  const rows: KeptDelivery[] = []
  let after: string | null | undefined
  while (after !== null && rows.length < limit) {
    const of = { account, limit: Math.min(1000, limit - rows.length), ...(message !== undefined && { message: messageId(message) }) }
    const { deliveries, next }: { deliveries: readonly KeptDelivery[]; next: string | null } = await cli.call('kept.find', {
      ...of,
      ...wanted,
      ...(after !== undefined && { after }),
    })
    rows.push(...deliveries)
    after = next
  }
  return rows
}

async function writeRaw(
  cli: Cli,
  asked: { readonly account: AccountId; readonly message: MessageId; readonly address?: string },
  path: string,
): Promise<void> {
  // Asked before the file is made: a wrong name leaves none.
  let piece: { readonly octets: string; readonly next: number | null } = await cli.call('kept.raw', asked)
  await using file = await open(path, 'wx', 0o600)
  for (;;) {
    await file.write(Buffer.from(piece.octets, 'base64'))
    if (piece.next === null) break
    piece = await cli.call('kept.raw', { ...asked, from: piece.next })
  }
  const { size } = await file.stat()
  cli.answer({ file: path, octets: size }, () => `Wrote ${size} octets to ${path}.\n`)
}

function recipientsOf({ recipients }: KeptDelivery): string {
  const [first] = recipients
  return recipients.length <= 1 ? (first?.address ?? '') : `${first?.address} and ${recipients.length - 1} more`
}

function listing(rows: readonly KeptDelivery[], width: number): string {
  return table(
    rows,
    [
      { title: 'DELIVERED', of: ({ at }) => dateTime(at) },
      { title: 'MESSAGE', of: ({ message }) => message },
      { title: 'TO', of: recipientsOf, shrinks: true },
      { title: 'SUBJECT', of: ({ subject, isTemplate }) => subject ?? (isTemplate ? '(template)' : ''), shrinks: true },
    ],
    width,
    'No copies.',
  )
}

function describe({ deliveries, header }: KeptMessage): string {
  const lines = deliveries.map((one) => `${dateTime(one.at)}  to ${one.recipients.map(({ address }) => address).join(', ')}\n`)
  const [first] = deliveries
  const head =
    first === undefined ? '' : `message  ${first.message}\nsender   ${first.sender || '<>'}\naccepted ${dateTime(first.acceptedAt)}\n`
  const kept =
    first?.isTemplate === true
      ? 'What is kept is a template; --raw writes it, with --address as a recipient got it.\n'
      : 'The octets of its copy are gone.\n'
  return `${head}\n${lines.join('')}\n${header === null ? kept : header.replaceAll('\r\n', '\n')}`
}
