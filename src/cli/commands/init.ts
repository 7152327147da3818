// `hms init`: makes a home without asking and prints, once, what is needed to use it.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { initHome } from '../../lifecycle/home.ts'
import { calledAs, type Cli } from '../cli.ts'
import { welcome } from './welcome.ts'

export function register(command: Command, cli: Cli): void {
  command
    .option(
      '--key-file <file>',
      'where the key that seals secrets goes, so that a copy of the home is no copy of them (else config/hms.key)',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  hms init --home /srv/mail\n  hms init --home /srv/mail --key-file /etc/hms/sealing/hms.key\n  hms init --home ./try --json',
    )
    .action(async ({ keyFile }: { readonly keyFile?: string }) => {
      const made = await initHome(cli.home, process.env, keyFile === undefined ? undefined : resolve(keyFile))
      cli.answer(made, (told) => `${welcome(cli.home, told, calledAs(cli))}\nStart it with: ${startLine(cli.home)}\n`)
    })
}

function startLine(home: string): string {
  return `hms start --home ${/^[\w./-]+$/.test(home) ? home : `'${home}'`}`
}
