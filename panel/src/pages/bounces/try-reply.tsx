// What a reply would mean to the rules of now.
import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { ReplyMeaning } from '../../../../client/src/index.ts'
import { FAILURE_CODES } from '../../../../src/contract/failure-codes.ts'
import { api } from '../../app/api.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Card } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { bounces } from '../../texts/bounces.ts'

const words = bounces.try

export function TryReply(): ReactNode {
  const [reply, setReply] = useState('')
  const asking = useMutation({ mutationFn: () => api.rules.repliesClassify({ replies: [reply.trim()] }) })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    asking.mutate()
  }
  const meaning = asking.data?.meanings[0]
  const asked = reply.trim() === '' ? words.hint : reply.trim()
  return (
    <Card title={words.title} about={words.about}>
      <div className="hms-stack">
        <form className="hms-row" onSubmit={submit}>
          <TextInput
            aria-label={words.reply}
            placeholder={words.hint}
            required
            maxLength={8192}
            className="hms-bounces-reply"
            value={reply}
            onChange={(event) => setReply(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={asking.isPending}>
            {words.submit}
          </Button>
        </form>
        {asking.error !== null && <ProblemNotice error={asking.error} />}
        <div role="status">{meaning !== undefined && <Meaning meaning={meaning} />}</div>
        <AsCommand hms={`classify <<< ${quoted(asked)}`} call="POST /replies/classify" body={{ replies: [asked] }} />
      </div>
    </Card>
  )
}

function Meaning({ meaning: { category, code, action, rule } }: { readonly meaning: ReplyMeaning }): ReactNode {
  const said = [
    code === null ? words.complaint : `${words.means(String(code), FAILURE_CODES[code])}.`,
    ...(category === null ? [] : [`${bounces.categories[category]}.`]),
    `${bounces.advice[action]}.`,
    rule === null ? words.noRule : words.rule(rule),
  ]
  return <p>{said.join(' ')}</p>
}
