#!/usr/bin/env node
import { keepYoungSpaceSmall } from './telemetry/memory.ts'

// Before all else is loaded, as loading is most of what starting takes.
keepYoungSpaceSmall()
const { run } = await import('./cli/program.ts')
await run(process.argv.slice(2))
