// A test of a webhook: a made event is posted now, and what was answered is shown beside what was posted.
import { Button, Select } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { MailEventKind, WebhookTest } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { AsCommand } from '../../parts/command.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Card, Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { number, span } from '../../texts/format.ts'
import { webhooks } from '../../texts/webhooks.ts'
import { KIND_CHOICES } from './states.tsx'

const words = webhooks.one

interface TestProps {
  readonly id: string
  readonly kinds: readonly MailEventKind[] | null
}

export function TestWebhook({ id, kinds }: TestProps): ReactNode {
  const choices = KIND_CHOICES.filter(({ value }) => kinds === null || kinds.includes(value))
  const [chosen, setKind] = useState<MailEventKind>('delivered')
  const kind = choices.some(({ value }) => value === chosen) ? chosen : (choices[0]?.value ?? chosen)
  const queries = useQueryClient()
  const testing = useMutation({
    mutationFn: () => api.webhooks.test(id, { kind }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  return (
    <Card title={words.test} about={words.testAbout}>
      <div className="hms-stack">
        <div className="hms-row">
          <Select
            aria-label={words.testKind}
            allowDeselect={false}
            value={kind}
            data={choices}
            onChange={(value) => value !== null && setKind(value)}
          />
          <Button variant="default" loading={testing.isPending} onClick={() => testing.mutate()}>
            {words.testRun}
          </Button>
        </div>
        {testing.error !== null && <ProblemNotice error={testing.error} />}
        <div role="status" className="hms-stack">
          {testing.data?.tests.map((test) => (
            <Result key={test.kind} {...test} />
          ))}
        </div>
        <AsCommand hms={`webhook test ${id} --kind ${kind}`} call={`POST /webhooks/${id}/test`} body={{ kind }} />
      </div>
    </Card>
  )
}

function Result({ ok, status, took, answer, body }: WebhookTest): ReactNode {
  return (
    <>
      <Notice tone={ok ? 'ok' : 'bad'} title={ok ? words.testTook : words.testRefused}>
        <p>{words.answered(status === null ? words.noAnswer : number(status), span(took))}</p>
        {answer !== '' && <p className="hms-break">{answer}</p>}
      </Notice>
      <CodeLine text={body} what={words.testBody} />
    </>
  )
}
