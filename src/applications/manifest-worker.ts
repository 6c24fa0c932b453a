import { parentPort, workerData } from 'node:worker_threads'
import { yamlProblem } from './manifest-text.ts'

// A thread of manifest-check.ts: reads one text, says what it found, and ends.
parentPort?.postMessage(yamlProblem(workerData as string))
