// Writes what the client knows of the admin API: openapi.json, as the server says it, and api.ts, the types made of it.
// `npm run client`, after a change of the API; a unit test tells when that was forgotten. The server is compiled before,
// also when what uses the client does not fit the change yet.
import { writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'
import { createApi } from '../dist/admin/api.js'

// Asked for nothing but what it can do, the API uses none of its services.
const services = new Proxy({}, { get: () => ({}) })
const api = await createApi(services, { log: console })
const answer = await api.inject('/openapi.json')
await api.close()
if (answer.statusCode !== 200) throw new Error(`/openapi.json: ${answer.body}`)

const document = answer.json()
const types = astToString(await openapiTS(document, { emptyObjectsUnknown: true }))
const file = (name) => new URL(`../src/client/${name}`, import.meta.url)
writeFileSync(file('openapi.json'), `${JSON.stringify(document, undefined, 2)}\n`)
writeFileSync(
  file('api.ts'),
  `// Made from openapi.json by tools/generate-client.mjs.\n/* eslint-disable */\n${types}`,
)
