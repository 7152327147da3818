// `hms init`: makes a home without asking and prints, once, what is needed to use it.
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { initHome } from '../../../lifecycle/home.ts'
import { calledAs, type Cli, homeOption } from '../../cli.ts'
import { welcome } from './welcome.ts'

export function register(command: Command, cli: Cli): void {
  command
    .option(
      '--key-file <file>',
      'where the key that seals secrets goes, so that a copy of the home is no copy of them (else config/hms.key)',
    )
    .addOption(new Option('--service', 'a service starts the server; `install` says this').hideHelp())
    .addHelpText(
      'after',
      '\nExamples:\n  hms init --home /srv/mail\n  hms init --home /srv/mail --key-file /etc/hms/sealing/hms.key\n  hms init --home ./try --json',
    )
    .action(async ({ keyFile, service }: { readonly keyFile?: string; readonly service?: true }) => {
      const made = await initHome(cli.home, process.env, keyFile === undefined ? undefined : resolve(keyFile))
      const start = service === true ? 'Once the server runs,' : `Start the server with '${calledAs(cli)} start${homeOption(cli)}', then`
      cli.answer(made, (told) => welcome(cli, told, `${start} send a first message`))
    })
}
