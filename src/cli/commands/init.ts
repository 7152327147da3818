// `hms init`: makes a home without asking and prints, once, what is needed to use it.
import type { Command } from 'commander'
import { initHome } from '../../lifecycle/home.ts'
import { calledAs, type Cli } from '../cli.ts'
import { welcome } from './welcome.ts'

export function register(command: Command, cli: Cli): void {
  command
    .addHelpText('after', '\nExamples:\n  hms init --home /srv/mail\n  hms init --home ./try --json')
    .action(async () =>
      cli.answer(await initHome(cli.home), (made) => `${welcome(cli.home, made, calledAs(cli))}\nStart it with: ${startLine(cli.home)}\n`),
    )
}

function startLine(home: string): string {
  return `hms start --home ${/^[\w./-]+$/.test(home) ? home : `'${home}'`}`
}
