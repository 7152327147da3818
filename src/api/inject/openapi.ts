// `/openapi.json`: what can be called here, made of the contract, so that it cannot say something else.
import { z } from 'zod'
import { ERROR, INJECTION_ERRORS, type InjectionErrorCode, MERGE, MESSAGE, QUEUED, RESULTS, SEVERAL } from '../../contract/injection.ts'
import { refusal } from './answers.ts'
import type { InjectRoute } from './route.ts'

export function openapiRoute(version: string): InjectRoute {
  let made: string | null = null
  return {
    method: 'GET',
    path: '/openapi.json',
    authenticate: 'anybody',
    most: 0,
    answer: async () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: (made ??= JSON.stringify(documentOf(version))),
    }),
    refuse: refusal,
  }
}

function documentOf(version: string): unknown {
  const schemas: Record<string, unknown> = {}
  const schemaOf = (schema: z.ZodType): unknown => {
    const { $defs = {}, $schema: _schema, ...own } = z.toJSONSchema(schema, { io: 'input', reused: 'inline' })
    for (const [name, one] of Object.entries($defs)) schemas[name] = one
    return own
  }
  const document = {
    openapi: '3.1.0',
    info: { title: 'Hurricane MTA Server: injection', version },
    paths: {
      '/v1/messages': {
        post: call('injectMessage', 'Hands in one message.', { ...json(schemaOf(MESSAGE)), ...RAW }, { 202: schemaOf(QUEUED) }),
      },
      '/v1/messages/batch': {
        post: call(
          'injectBatch',
          'Hands in many messages, or one for many, with a result for each.',
          json({ oneOf: [schemaOf(SEVERAL), schemaOf(MERGE)] }),
          {
            200: schemaOf(RESULTS),
          },
        ),
      },
    },
    security: [{ key: [] }],
    components: {
      schemas,
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      responses: { error: { description: errorWords(), content: json(schemaOf(ERROR)) } },
    },
  }
  return JSON.parse(JSON.stringify(document).replaceAll('"#/$defs/', '"#/components/schemas/')) as unknown
}

const RAW = {
  'message/rfc822': { schema: { type: 'string', contentMediaType: 'message/rfc822' } },
  'multipart/form-data': {
    schema: {
      type: 'object',
      properties: {
        message: { $ref: '#/components/schemas/Message' },
        raw: { type: 'string' },
        attachment: { type: 'string' },
        inline: { type: 'string' },
      },
    },
  },
}

function json(schema: unknown): Record<string, unknown> {
  return { 'application/json': { schema } }
}

function call(operationId: string, summary: string, content: unknown, answers: Readonly<Record<number, unknown>>): unknown {
  const responses = Object.entries(answers).map(([status, schema]) => [status, { description: 'Committed.', content: json(schema) }])
  return {
    operationId,
    summary,
    parameters: [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 255 } }],
    requestBody: { required: true, content },
    responses: { ...Object.fromEntries(responses), default: { $ref: '#/components/responses/error' } },
  }
}

function errorWords(): string {
  const codes = Object.keys(INJECTION_ERRORS) as InjectionErrorCode[]
  return codes.map((code) => `${INJECTION_ERRORS[code].status} ${code}: ${INJECTION_ERRORS[code].doc}`).join('\n')
}
