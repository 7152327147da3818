// What is shown only once: passwords and keys, each with a button that copies.
import type { ReactNode } from 'react'
import { CodeLine } from '../../parts/copy.tsx'
import { Notice } from '../../parts/layout.tsx'
import { accounts } from '../../texts/accounts.ts'

const words = accounts.credentials.made

export type NewSecret =
  | { readonly user: string; readonly password: string }
  | { readonly user: string; readonly key: string }
  | { readonly user: string; readonly accessKeyId: string; readonly secretAccessKey: string }

export function SecretLines({ secret }: { readonly secret: NewSecret }): ReactNode {
  const lines: readonly (readonly [string, string])[] =
    'password' in secret
      ? [
          [words.user, secret.user],
          [words.password, secret.password],
        ]
      : 'key' in secret
        ? [[words.key, secret.key]]
        : [
            [words.accessKeyId, secret.accessKeyId],
            [words.secretAccessKey, secret.secretAccessKey],
          ]
  return (
    <div className="hms-stack">
      <Notice tone="warn" title={words.title}>
        {words.about}
      </Notice>
      {lines.map(([name, value]) => (
        <div key={name} className="hms-stack-tight">
          <strong>{name}</strong>
          <CodeLine text={value} what={name} />
        </div>
      ))}
    </div>
  )
}
